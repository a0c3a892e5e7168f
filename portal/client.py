"""The wire: every call of this application to the outside goes through here, and every failure becomes a `Trouble`."""

import re
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx2
import msgspec

from portal.trouble import Busy, Changed, Missing, NeedsProof, Refused, SignedOut, Unreachable

T = TypeVar("T")

_TIMEOUT = httpx2.Timeout(20.0, connect=5.0)
_TRANSPORT_FAILURES = (httpx2.TransportError, httpx2.DecodingError, httpx2.StreamError, httpx2.InvalidURL)
_WANTED = re.compile(r'\b(acr_values|max_age)="([^"]*)"')


class Outside:
    """HTTP to the provider and to the resource services.

    `inside` is, in the embedded shape, the ASGI application that also serves this one: the same requests, no socket.
    """

    def __init__(self, *, inside: Any = None, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        if transport is None and inside is not None:
            transport = httpx2.ASGITransport(inside, raise_app_exceptions=False)
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "espace-portal"},
            # One client serves every person: it must never carry to the next what an answer sets for one of them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self,
        url: str,
        kind: type[T],
        *,
        token: str = "",
        params: Mapping[str, Any] | None = None,
        accept: str = "application/json",
    ) -> T:
        """The JSON answer, read as `kind`. Raises a `Trouble`: Unreachable when it is not of that kind."""
        return _read(await self._ask("GET", url, token=token, params=params, accept=accept), kind)

    async def post(self, url: str, body: Any, kind: type[T], *, token: str) -> T:
        """Send JSON; the answer, read as `kind`. Raises a `Trouble`."""
        return _read(await self._ask("POST", url, token=token, body=body), kind)

    async def form(self, url: str, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """POST a form (RFC 6749): the status and the JSON object of the answer. Raises Unreachable."""
        response = await self._exchange(
            self._http.build_request("POST", url, data=dict(fields), headers={"accept": "application/json"})
        )
        if response.status_code >= 500:
            raise Unreachable(f"{url} answered {response.status_code}")
        body = _read(response, dict[str, Any]) if response.content else {}
        return response.status_code, body

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        token: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        accept: str = "application/json",
    ) -> httpx2.Response:
        headers = {"accept": accept}
        if token:
            headers["authorization"] = f"Bearer {token}"
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        request = self._http.build_request(method, url, params=params, content=content, headers=headers)
        response = await self._exchange(request)
        if 200 <= response.status_code < 300:
            return response
        raise _trouble(response)

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._http.send(request)
        except _TRANSPORT_FAILURES as error:
            raise Unreachable(f"{request.url.host}: {type(error).__name__}") from error


def _read(response: httpx2.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.ValidationError as error:
        raise Unreachable(f"{response.request.url.path}: an answer that is not as documented: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreachable(f"{response.request.url.path}: an answer that is not JSON") from error


def _trouble(response: httpx2.Response) -> Exception:
    status = response.status_code
    where = f"{response.request.method} {response.request.url.path}"
    if status == 401:
        challenge = response.headers.get("www-authenticate", "")
        if 'error="insufficient_user_authentication"' in challenge:
            wanted = dict(_WANTED.findall(challenge))
            return NeedsProof(wanted.get("acr_values", ""), wanted.get("max_age", ""))
        return SignedOut(where)
    if status in {404, 410}:
        return Missing(where)
    if status in {409, 412}:
        return Changed(where)
    if status == 429:
        return Busy(where)
    if status >= 500 or status < 400:
        return Unreachable(f"{where} answered {status}")
    code, description = _said(response)
    return Refused(status, code, description)


def _said(response: httpx2.Response) -> tuple[str, str]:
    """The code and words of a problem (RFC 9457) or of an OperationOutcome (FHIR R4 §2.36)."""
    try:
        body = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return "refused", ""
    if not isinstance(body, dict):
        return "refused", ""
    issues = body.get("issue")
    if isinstance(issues, list) and issues and isinstance(issues[0], dict):
        issue = issues[0]
        coding = (issue.get("details") or {}).get("coding") or [{}]
        return str(coding[0].get("code") or issue.get("code") or "refused"), str(issue.get("diagnostics") or "")
    code = body.get("code") or body.get("error") or "refused"
    return str(code), str(body.get("error_description") or body.get("title") or "")
