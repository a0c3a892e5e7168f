"""What an app asks without a browser, checked as the authorization endpoint checks it."""

from collections.abc import Mapping, Sequence

from authlib.oauth2.rfc6749 import OAuth2Error

from clients.records import Client
from idp.protocol import checks, requests
from idp.protocol.ceiling import wish
from idp.protocol.requests import AuthorizationRequest
from kit.problems import Refusal

Lists = Mapping[str, list[str]]


def read(lists: Lists, client: Client, resources: Sequence[str]) -> AuthorizationRequest:
    """The request as a value: no address to come back to, no code challenge. Raises Refusal with the standard error."""
    requests.check_shape(lists)
    twice = [name for name, values in lists.items() if len(values) > 1 and name != "resource"]
    if twice:
        raise Refusal("invalid_request", "a parameter is given more than once")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri="",
        redirect_said=False,
        scope=wish(one(lists, "scope") or "", client).scope,
        code_challenge=None,
        acr_values=tuple((one(lists, "acr_values") or "").split()[:10]) or client.options.default_acr_values,
        audience=checks.audience(lists, resources),
    )


def one(lists: Lists, name: str) -> str | None:
    """The value of a parameter; one sent empty is one not sent (RFC 6749 §3.1)."""
    return next((value for value in lists.get(name, ()) if value), None)


def said(refusal: Refusal) -> OAuth2Error:
    """A refusal as an endpoint answers it."""
    words = refusal.description.replace('"', "'").replace("\\", "/")
    plain = "".join(letter for letter in words if " " <= letter <= "~")
    return OAuth2Error(error=refusal.code, description=plain, status_code=refusal.status)
