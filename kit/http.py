"""Small things of HTTP: JSON answers and who is at the other end."""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode

INTERACTION = "x-fapi-interaction-id"
"""FAPI 1.0 §6.2.1: resources repeat it; who looks into both logs finds one exchange by it."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


class _Ready(Response):
    """An answer whose headers are written already."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = headers


@lru_cache(maxsize=256)
def _written(media_type: str, store: bool, more: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers as they are sent, once each, a later one in place of an earlier one."""
    said = {"content-type": media_type, **({} if store else NO_STORE)}
    said |= {name.lower(): value for name, value in more}
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in said.items())


def json_response(
    body: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
    store: bool = True,
) -> Response:
    """`body` as JSON (msgspec.Raw as it is); `store=False` forbids every cache to keep it (RFC 6749 §5.1)."""
    text = _encode(body)
    more = tuple(headers.items()) if headers else ()
    return _Ready(text, status, [(b"content-length", b"%d" % len(text)), *_written(media_type, store, more)])


def request_id(request: Request) -> str:
    """The identifier of this request, as in its log line."""
    return str(request.scope.get("request_id", ""))


def also(request: Request, name: str, value: str) -> None:
    """Send this header with the answer to this request, whatever the answer is (the doorman adds it)."""
    request.scope.setdefault("also", {})[name.lower().encode()] = value.encode("latin-1")


def interaction(request: Request) -> str:
    """The name that caller and answerer give to this exchange: the caller's when it is a UUID, else one of ours."""
    said = request.headers.get(INTERACTION)
    if said is not None and _UUID.fullmatch(said):
        return said
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-8{drawn[17:20]}-{drawn[20:]}"  # RFC 9562 §5.4


def client_address(request: Request) -> str:
    """The caller's address: the peer's, or what a trusted proxy says (settled once by the doorman)."""
    settled = request.scope.get("client_address")
    if settled:
        return str(settled)
    return request.client.host if request.client else ""
