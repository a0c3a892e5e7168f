"""Check an authorization request, step by step; the order decides who hears of an error (RFC 6749 §4.1.2.1)."""

from collections.abc import Callable, Mapping, Sequence

from clients import redirects
from clients.records import Client
from idp.protocol import pkce, requests
from idp.protocol.ceiling import wish
from idp.protocol.requests import AuthorizationRequest
from kit.problems import Refusal

Lists = Mapping[str, list[str]]


class ToClient(Exception):
    """An error that the app may hear: its identity and its address were proven first."""

    def __init__(self, redirect_uri: str, error: str, description: str, state: str | None) -> None:
        super().__init__(error)
        self.redirect_uri = redirect_uri
        self.error = error
        self.description = description
        self.state = state


def destination(lists: Lists, client: Client | None) -> tuple[Client, str]:
    """Who asks, and where it may be answered. Raises Refusal: the person is told, the app is not (RFC 9700 §4.11)."""
    if client is None:
        raise Refusal("unknown_client", "this app is not known here", status=400)
    for name in ("client_id", "redirect_uri"):
        if len(lists.get(name, ())) > 1:
            raise Refusal("invalid_request", f"{name} is given more than once", status=400)
    said = _one(lists, "redirect_uri")
    if said is None and len(client.redirect_uris) == 1:
        said = client.redirect_uris[0]
    if said is None:
        raise Refusal("invalid_request", "redirect_uri is missing", status=400)
    if not redirects.allowed(client, said):
        raise Refusal("invalid_redirect_uri", "this address is not registered for the app", status=400)
    if not client.may_exchange:
        raise Refusal("client_suspended", "this app may not exchange data now", status=403)
    return client, said


def check(
    lists: Lists,
    client: Client,
    redirect_uri: str,
    *,
    resources: Sequence[str],
    subject_of: Callable[[str], str | None],
) -> AuthorizationRequest:
    """The request as a value. Raises ToClient with the standard error.

    `subject_of` reads an id_token_hint of ours, expired or not, and gives its subject, or None when it is not ours.
    """
    state = _one(lists, "state")
    try:
        requests.check_shape(lists)
        _shape_of_answer(lists)
        if "authorization_code" not in client.grant_types:
            raise Refusal("unauthorized_client", "this client may not use response_type=code")
        hint = _one(lists, "id_token_hint")
        hinted = subject_of(hint) if hint else None
        if hint and hinted is None:
            raise Refusal("invalid_request", "id_token_hint is not one of ours")
        return AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            redirect_said="redirect_uri" in lists,
            scope=wish(_one(lists, "scope") or "", client).scope,
            code_challenge=_challenge(lists),
            state=state,
            nonce=_one(lists, "nonce"),
            prompt=requests.prompts(_one(lists, "prompt") or ""),
            max_age=requests.max_age(_one(lists, "max_age")),
            acr_values=tuple((_one(lists, "acr_values") or "").split()[:10]),
            login_hint=_one(lists, "login_hint") or "",
            hinted_subject=hinted,
            audience=_audience(lists, resources),
        )
    except Refusal as refusal:
        raise ToClient(redirect_uri, refusal.code, refusal.description, state) from refusal


def _shape_of_answer(lists: Lists) -> None:
    if "request" in lists:
        raise Refusal("request_not_supported", "request objects are not supported")
    if "request_uri" in lists:
        raise Refusal("request_uri_not_supported", "request objects by reference are not supported")
    kind = _one(lists, "response_type")
    if kind is None:
        raise Refusal("invalid_request", "response_type is missing")
    if kind != "code":
        raise Refusal("unsupported_response_type", "response_type is code")
    if _one(lists, "response_mode") not in (None, "query"):
        raise Refusal("invalid_request", "response_mode is query")


def _challenge(lists: Lists) -> str:
    challenge = _one(lists, "code_challenge")
    if challenge is None:
        raise Refusal("invalid_request", "code_challenge is missing: PKCE with S256 is required")
    if _one(lists, "code_challenge_method") != "S256":
        raise Refusal("invalid_request", "code_challenge_method is S256")
    if not pkce.acceptable_challenge(challenge):
        raise Refusal("invalid_request", "code_challenge is not the base64url of a SHA-256 digest")
    return challenge


def _audience(lists: Lists, resources: Sequence[str]) -> tuple[str, ...]:
    """RFC 8707 §2: `resource` narrows the token to what it names.

    SMART's `aud` only says which server the app means to call (App Launch 2.2 §2.1.2.2): the token is good for userinfo
    and for the pairing all the same. `resources` begins with ourselves.
    """
    wanted = [uri.rstrip("/") for uri in (*lists.get("resource", ()), *lists.get("aud", ()))]
    for uri in wanted:
        if uri not in resources:
            raise Refusal("invalid_target", "no resource of ours has that address")
    if "aud" in lists and "resource" not in lists:
        wanted = [resources[0], *wanted]
    return tuple(dict.fromkeys(wanted))


def _one(lists: Lists, name: str) -> str | None:
    """The value of a parameter; one sent empty is one not sent (RFC 6749 §3.1)."""
    return next((value for value in lists.get(name, ()) if value), None)
