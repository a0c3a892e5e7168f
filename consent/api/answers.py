"""How this API reads requests and answers them: JSON in, JSON out, refusals as RFC 9457 problems."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consent.actors import Actor, holder
from consent.question import Wish
from consent.scene import Scene
from kit import forms
from kit.http import client_address, json_response, request_id
from kit.problems import Refusal, problem_response
from kit.telemetry import log

T = TypeVar("T")
Handler = Callable[[Scene, Request], Awaitable[Response]]

_MOST = 64 * 1024
_JSON = "application/json"


def endpoint(scene: Scene, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler` as Starlette calls it; what it refuses becomes a problem."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(scene, request)
        except Refusal as refusal:
            log.info("refused", code=refusal.code, detail=refusal.detail, request_id=request_id(request))
            return problem_response(scene.guard.told(request, refusal), request_id(request))

    return answer


def found(
    body: Any, *, status: int = 200, version: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that no cache keeps; `version` becomes the ETag to send back as If-Match."""
    extra = dict(headers or {})
    if version is not None:
        extra["etag"] = f'"{version}"'
    return json_response(body, status=status, headers=extra, store=False)


def person(request: Request, person_id: str) -> Actor:
    """The holder, acting through the portal that holds their token."""
    return holder(person_id, context="portal", address=client_address(request))


async def json_body(request: Request, kind: type[T]) -> T:
    """The JSON body as a struct. Raises Refusal(400 or 415); an empty body reads as {}."""
    body = await request.body()
    if body and _media(request) != _JSON:
        raise Refusal("unsupported_media_type", "send application/json", status=415)
    return _decoded(body or b"{}", kind)


async def fields(request: Request) -> Mapping[str, Any]:
    """The members of a JSON object, or the fields of a form, each at most once. Raises Refusal(400 or 415)."""
    match _media(request):
        case "application/json":
            return _decoded(await request.body() or b"{}", dict[str, Any])
        case forms.FORM_TYPE:
            form = await forms.parse(request)
            if any(len(values) > 1 for values in form.lists.values()):
                raise Refusal("invalid_request", "a field is given more than once", status=400)
            return form.first_values()
        case _:
            raise Refusal("unsupported_media_type", f"send {_JSON} or {forms.FORM_TYPE}", status=415)


def wanted_version(request: Request, said: int | None) -> int | None:
    """The version that the caller changes: If-Match, or `version` of the body; None when not said. Raises Refusal."""
    header = request.headers.get("if-match", "").strip()
    if header in {"", "*"}:
        return said
    number = header.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Refusal("invalid_request", 'If-Match is a version such as "3"', status=400)
    if said is not None and said != int(number):
        raise Refusal("invalid_request", "If-Match and version differ", status=400)
    return int(number)


def number(request: Request, name: str, *, default: int | None, most: int) -> int | None:
    """A positive whole number of the query, cut at `most`. Raises Refusal(400)."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) < 1:
        raise Refusal("invalid_request", f"{name} is a whole number, at least 1", status=400)
    return min(int(text), most)


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second: "2026-11-20T10:43:00Z"."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def consents_wish(letter: str) -> Wish:
    """The holder's agreements: "s" to list, "r" to read one, "u" to change."""
    return Wish("Consent", letter, "consents")


JOURNAL = Wish("AuditEvent", "s", "journal")
SPACE = Wish("Patient", "r", "space")


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _decoded(body: bytes, kind: type[T]) -> T:
    if len(body) > _MOST:
        raise Refusal("invalid_request", "the body is too large", status=413)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refusal("invalid_request", f"the body is not as documented: {error}", status=400) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("invalid_request", "the body is not JSON", status=400) from error
