"""What a token exchange may give (RFC 8693): never more than the token that is brought, to nobody who is not named.

Delegation, never impersonation: when another client than the token's own brings it, the new token says so (`act`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.records import Client
from consent import acting, scopes, smart
from idp.protocol import ceiling
from kit import jose
from kit.guard import AccessClaims
from kit.problems import Refusal

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
JWT = "urn:ietf:params:oauth:token-type:jwt"
TYPES = (ACCESS_TOKEN, JWT)
"""What may be brought and asked for. An id token is no right to call anybody; a refresh token stays where it is."""

_STAYS = frozenset({"offline_access", "online_access", scopes.PAIRING})
"""Words that an exchanged token has no use for: it is refreshed by nobody and sets up no pairing."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the new token says."""

    scope: frozenset[str]
    audience: tuple[str, ...]
    actor: Mapping[str, Any] | None


def foreign(token: str, issuer: str) -> bool:
    """True when a token says that it is that issuer's, and such tokens are taken: whether it is, they are asked."""
    if not issuer or not token:
        return False
    try:
        return jose.peek(token).get("iss") == issuer
    except jose.BadToken:
        return False


def give(
    claims: AccessClaims,
    client: Client,
    holder: Client,
    *,
    issuer: str,
    scope: str,
    targets: Sequence[str],
) -> Given:
    """What `client` may have for a token of `holder`, the app that the person agreed with. Raises Refusal.

    "invalid_request" when it may have nothing, "invalid_scope" or "invalid_target" when it asks too much.
    """
    own = claims.client_id == client.client_id
    actor = claims.raw.get("act")
    if not own:
        _named(claims, client, holder)
        actor = {"sub": client.client_id} | ({"act": actor} if actor is not None else {})
        if "" in acting.chain(actor):
            raise Refusal("invalid_request", f"the token went through {acting.MOST} hands already")
    held = claims.scope - _STAYS
    if not own:
        held = scopes.spelled(smart.meet(scopes.data_atoms(held), ceiling.registered(client)))
    heard = claims.audience if own else tuple(one for one in claims.audience if one != issuer)
    return Given(_scope(held, scope), _audience(heard, targets), actor)


def _named(claims: AccessClaims, client: Client, holder: Client) -> None:
    """RFC 8693 §4.4: the app names who may act for it, in its registration; the token itself may name one alone."""
    said = claims.raw.get("may_act")
    alone = said.get("sub") if isinstance(said, Mapping) else None
    if holder.first_party or client.client_id not in holder.options.may_act:
        raise unfit()
    if said is not None and alone != client.client_id:
        raise unfit()


def _scope(held: frozenset[str], text: str) -> frozenset[str]:
    if text:
        asked = scopes.read(text)
        if scopes.beyond(asked, held):
            raise Refusal("invalid_scope", "scope can only be narrowed")
        plain = frozenset(word for word in asked if not smart.looks_smart(word)) & held
        held = plain | scopes.spelled(smart.meet(scopes.data_atoms(asked), scopes.data_atoms(held)))
    if not held:
        raise Refusal("invalid_scope", "nothing of the token's scope is for this client")
    return held


def _audience(heard: tuple[str, ...], targets: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(one.rstrip("/") for one in targets)) or heard
    if not wanted or set(wanted) - set(heard):
        raise Refusal("invalid_target", "the token that is brought is not for that resource")
    return wanted


def unfit() -> Refusal:
    """RFC 8693 §2.2.2. One answer for a token that is not good and for one that this client may not exchange."""
    return Refusal("invalid_request", "subject_token is not valid, or not for this client to exchange")
