"""One request to a back-channel endpoint, as Authlib wants to see it, and its answer, as we send it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from starlette.requests import Request
from starlette.responses import Response

from idp.tokens.binding import Binding
from idp.tokens.sealing import Recipient
from idp.trust.said import Outside
from kit import forms
from kit.http import NO_STORE, json_response
from kit.proof import mtls


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters of the body, and of nothing else: what stands in the query of a POST is not read."""

    def __init__(self, form: forms.Form) -> None:
        self._data = form.first_values()
        self._lists: defaultdict[str, list[str]] = defaultdict(list, form.lists)

    @property
    def data(self) -> dict[str, str]:
        """Each parameter with its value."""
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """Each parameter with all its values."""
        return self._lists


class Call(OAuth2Request):  # type: ignore[misc]
    """A form posted to an endpoint. Its address is built from the issuer, never from the Host header."""

    def __init__(
        self,
        method: str,
        uri: str,
        headers: Mapping[str, str],
        form: forms.Form,
        address: str,
        request: Request | None = None,
    ) -> None:
        """What Authlib's own does, less its look at the scheme of `uri`: the issuer's was judged with the settings."""
        self.method = method
        self.uri = uri
        self.headers = headers
        self.payload = Payload(form)
        self.address = address
        self.request = request
        self.auth_method: str | None = None
        self.binding: Binding | None = None
        self.recipient: Recipient | None = None
        self.outside: Outside | None = None
        self.client = self.user = self.authorization_code = self.refresh_token = self.credential = None
        self._body = self._scope = None

    @property
    def certificate(self) -> mtls.Certificate | None:
        """What the caller's TLS showed, when we asked for it (RFC 8705)."""
        return mtls.presented(self.request) if self.request is not None else None

    @property
    def form(self) -> dict[str, str]:
        """The body's parameters."""
        data: dict[str, str] = self.payload.data
        return data

    @property
    def args(self) -> dict[str, str]:
        """Nothing: parameters in a query are not for these endpoints."""
        return {}


class Reply:
    """What an endpoint answers, before it becomes an HTTP response."""

    def __init__(self, status: int, body: Any, headers: Any) -> None:
        self.status = status
        self.body = body
        self.headers = {name.lower(): value for name, value in headers}
        self.location: str | None = None

    def to_response(self) -> Response:
        """The HTTP response; no cache keeps it (RFC 6749 §5.1)."""
        headers = {name: value for name, value in self.headers.items() if name not in {"content-type", *NO_STORE}}
        if self.body in ("", None):
            return Response(status_code=self.status, headers={**NO_STORE, **headers})
        if isinstance(self.body, str):  # a token, of the type that its maker says
            said = {**NO_STORE, **headers, "content-type": self.headers["content-type"]}
            return Response(self.body, self.status, headers=said)
        return json_response(self.body, status=self.status, headers=headers, store=False)


async def read_call(request: Request, issuer: str, address: str) -> Call:
    """Await the body, once, and make a call of it. Raises kit.problems.Refusal(400)."""
    form = await forms.parse(request)
    return Call(request.method, issuer + request.scope["path"], request.headers, form, address, request)
