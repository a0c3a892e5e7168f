"""What an app asks without a browser, checked as the authorization endpoint checks it."""

from collections.abc import Mapping, Sequence

from clients.records import Client
from consent import scopes
from idp.protocol import checks, details, requests
from idp.protocol.requests import AuthorizationRequest
from idp.server.call import Reply
from kit.problems import Refusal

Lists = Mapping[str, list[str]]


def read(lists: Lists, client: Client, resources: Sequence[str]) -> AuthorizationRequest:
    """The request as a value: no address to come back to, no code challenge. Raises Refusal with the standard error."""
    requests.check_shape(lists)
    twice = [name for name, values in lists.items() if len(values) > 1 and name != "resource"]
    if twice:
        raise Refusal("invalid_request", "a parameter is given more than once")
    if any("\0" in value for values in lists.values() for value in values):
        raise Refusal("invalid_request", "a parameter holds a NUL character")
    shared = one(lists, "authorization_details")
    limits = details.read(shared, client, resources=resources) if shared else None
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri="",
        redirect_said=False,
        scope=checks.scope_of(lists, client, None, limits),
        code_challenge=None,
        former=scopes.former(one(lists, "scope") or ""),
        acr_values=tuple((one(lists, "acr_values") or "").split()[:10]) or client.options.default_acr_values,
        max_age=client.options.default_max_age,
        audience=checks.audience(lists, resources),
        details=limits,
    )


def one(lists: Lists, name: str) -> str | None:
    """The value of a parameter; one sent empty is one not sent (RFC 6749 §3.1)."""
    return next((value for value in lists.get(name, ()) if value), None)


def reply(refusal: Refusal) -> Reply:
    """A refusal as an endpoint answers it (RFC 6749 §5.2: its words are plain ASCII)."""
    words = refusal.description.replace('"', "'").replace("\\", "/")
    plain = "".join(letter for letter in words if " " <= letter <= "~")
    return Reply(refusal.status, {"error": refusal.code, "error_description": plain}, refusal.headers.items())
