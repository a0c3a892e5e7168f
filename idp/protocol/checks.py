"""Check an authorization request, step by step; the order decides who hears of an error (RFC 6749 §4.1.2.1)."""

from collections.abc import Callable, Collection, Mapping, Sequence

from clients import profiles, redirects
from clients.records import Client
from consent import scopes, smart
from idp.protocol import claims, details, grant_management, pkce, requests, responses
from idp.protocol.ceiling import wish
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import Destination
from kit.problems import Refusal
from kit.secrets import digest

Lists = Mapping[str, list[str]]


class ToClient(Exception):
    """An error that the app may hear: its identity and its address were proven first."""

    def __init__(self, to: Destination, error: str, description: str, state: str | None) -> None:
        super().__init__(error)
        self.to = to
        self.error = error
        self.description = description
        self.state = state


def known(client: Client | None, profiles_served: Collection[str]) -> Client:
    """Who asks. Raises Refusal: the person is told."""
    if client is None or not profiles.enabled(client, profiles_served):
        raise Refusal("unknown_client", "this app is not known here", status=400)
    return client


def destination(lists: Lists, client: Client) -> str:
    """Where the app may be answered. Raises Refusal: the person is told, the app is not (RFC 9700 §4.11)."""
    for name in ("client_id", "redirect_uri"):
        if len(lists.get(name, ())) > 1:
            raise Refusal("invalid_request", f"{name} is given more than once", status=400)
    said = _one(lists, "redirect_uri")
    if said is None and len(client.redirect_uris) == 1 and not profiles.of(client).redirect_said:
        said = client.redirect_uris[0]
    if said is None:
        raise Refusal("invalid_request", "redirect_uri is missing", status=400)
    allowed(client, said)
    return said


def allowed(client: Client, redirect_uri: str) -> None:
    """The address is the app's, and the app may be answered. Raises Refusal."""
    if not redirects.allowed(client, redirect_uri):
        raise Refusal("invalid_redirect_uri", "this address is not registered for the app", status=400)
    if not client.may_exchange:
        raise Refusal("client_suspended", "this app may not exchange data now", status=403)


def to_client(lists: Lists, client: Client, refusal: Refusal) -> ToClient:
    """An error found before the parameters were looked at, for the app. Raises Refusal when it may not be told."""
    redirect_uri = destination(lists, client)
    mode = next((value for value in lists.get("response_mode", ()) if value in responses.MODES), "query")
    to = Destination(redirect_uri, mode)
    return ToClient(to, refusal.code, refusal.description, next(iter(lists.get("state", ())), None))


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
    to = Destination(redirect_uri, "query")
    options = client.options
    try:
        requests.check_shape(lists)
        to = Destination(redirect_uri, _mode(lists, client))
        kind = _response_type(lists, client)
        wanted = claims.read(_one(lists, "claims"))
        shared = _one(lists, "authorization_details")
        limits = details.read(shared, client, resources=resources) if shared else None
        action, grant_id = grant_management.read(
            _one(lists, "grant_management_action"), _one(lists, "grant_id"), client
        )
        hint = _one(lists, "id_token_hint")
        hinted = subject_of(hint) if hint else None
        if hint and hinted is None:
            raise Refusal("invalid_request", "id_token_hint is not one of ours")
        named = claims.requested_subject(wanted)
        if hinted is not None and named is not None and hinted != named:
            raise Refusal("invalid_request", "id_token_hint and the claim sub name two people")
        hinted = hinted or named
        return AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            redirect_said="redirect_uri" in lists,
            scope=scope_of(lists, client, wanted, limits),
            implied=_implied(lists, client, wanted),
            response_type=kind,
            code_challenge=_challenge(lists, client) if kind == "code" else None,
            state=state,
            nonce=_one(lists, "nonce"),
            prompt=requests.prompts(_one(lists, "prompt") or ""),
            max_age=requests.max_age(_one(lists, "max_age"), options.default_max_age),
            acr_values=_levels(lists) or claims.wished_acr(wanted) or options.default_acr_values,
            login_hint=_one(lists, "login_hint") or "",
            hinted_subject=hinted,
            audience=audience(lists, resources),
            response_mode=to.mode,
            jkt=_jkt(lists),
            claims=wanted,
            essential_acr=claims.essential_acr(wanted),
            details=limits,
            launch=_launch(lists),
            former=scopes.former(_one(lists, "scope") or ""),
            grant_action=action,
            grant_id=grant_id,
            display=requests.display(_one(lists, "display")),
        )
    except Refusal as refusal:
        raise ToClient(to, refusal.code, refusal.description, state) from refusal


def _response_type(lists: Lists, client: Client) -> str:
    """What is asked for, its words in order. What is not a code is for OpenID Connect Core as certified (§3.2.2.1)."""
    kind = " ".join(sorted((_one(lists, "response_type") or "").split()))
    if not kind:
        raise Refusal("invalid_request", "response_type is missing")
    served = profiles.of(client).response_types
    if kind not in served:
        raise Refusal("unsupported_response_type", f"response_type is {' or '.join(served)}")
    needed = "authorization_code" if kind == "code" else "implicit"
    bare = kind == "id_token token" and profiles.bound(client)
    if needed not in client.grant_types or kind not in client.options.response_types or bare:
        raise Refusal("unauthorized_client", f"this client may not use response_type={kind}")
    if kind != "code":
        if "openid" not in (_one(lists, "scope") or "").split():
            raise Refusal("invalid_request", "the scope openid is missing")
        if _one(lists, "nonce") is None:
            raise Refusal("invalid_request", "nonce is missing")
    return kind


def scope_of(
    lists: Lists, client: Client, wanted: claims.Claims | None, limits: details.Details | None
) -> frozenset[str]:
    """What is asked by scope; a claim asked by its name takes the agreement that its scope would.

    Details narrow the data that scopes ask; where the scope asks none, they ask what they describe (RFC 9396 §3).
    """
    words = (_one(lists, "scope") or "").split()
    words += _implied(lists, client, wanted)
    if not _one(lists, "launch"):  # apps ask the same scopes when they are started by themselves
        words = [word for word in words if word != scopes.LAUNCH]
    if limits is None:
        return wish(" ".join(words), client).scope
    if not any(smart.looks_smart(word) or word in scopes.CONSENTS or word == scopes.PAIRING for word in words):
        words += details.scopes(limits)
    return details.narrow(wish(" ".join(words), client).scope, limits)


def _implied(lists: Lists, client: Client, wanted: claims.Claims | None) -> frozenset[str]:
    """The scopes that stand for claims asked by name, when they are not asked themselves."""
    words = (_one(lists, "scope") or "").split()
    return (claims.scopes(wanted) & client.scope).difference(words) if "openid" in words else frozenset()


def _launch(lists: Lists) -> str | None:
    """SMART App Launch 2.2 §2.0.6: which launch this answers. Whether it is good, the person's session will tell."""
    value = _one(lists, "launch")
    return digest(value) if value else None


def _levels(lists: Lists) -> tuple[str, ...]:
    return tuple((_one(lists, "acr_values") or "").split()[:10])


def _mode(lists: Lists, client: Client) -> str:
    kind = " ".join(sorted((_one(lists, "response_type") or "").split()))
    tokens = kind != "code" and kind in profiles.of(client).response_types
    mode = _one(lists, "response_mode") or ("fragment" if tokens else "query")
    if mode not in responses.MODES:
        raise Refusal("invalid_request", f"response_mode is one of {' '.join(responses.MODES)}")
    if tokens and mode.startswith("query"):
        raise Refusal("invalid_request", "tokens never travel in a query")
    return mode


def _jkt(lists: Lists) -> str | None:
    """RFC 9449 §10: the SHA-256 thumbprint of the key that will bring the code."""
    jkt = _one(lists, "dpop_jkt")
    if jkt is not None and not pkce.acceptable_challenge(jkt):
        raise Refusal("invalid_request", "dpop_jkt is not the base64url of a SHA-256 digest")
    return jkt


def _challenge(lists: Lists, client: Client) -> str | None:
    challenge = _one(lists, "code_challenge")
    if challenge is None:
        if profiles.of(client).pkce == "public" and _one(lists, "code_challenge_method") is None:
            return None
        raise Refusal("invalid_request", "code_challenge is missing: PKCE with S256 is required")
    if _one(lists, "code_challenge_method") != "S256":
        raise Refusal("invalid_request", "code_challenge_method is S256")
    if not pkce.acceptable_challenge(challenge):
        raise Refusal("invalid_request", "code_challenge is not the base64url of a SHA-256 digest")
    return challenge


def audience(lists: Lists, resources: Sequence[str]) -> tuple[str, ...]:
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
