"""Introspection (RFC 7662): what a token says, and whether everything it rests on still holds now.

The answer is JSON, or the same signed for who asked (RFC 9701).
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from clients.records import Client
from consent import acting
from idp.protocol import subjects
from idp.server import floor, tokens_seen
from idp.server.call import Call
from idp.server.tokens_seen import Seen
from idp.server.views import ClientView
from idp.tokens import sealing
from kit import jose

MEDIA_TYPE = "application/token-introspection+jwt"
_JWT = [("Content-Type", MEDIA_TYPE)]


class SeenView:
    """A token brought to us, as Authlib asks about it; whether it is good is settled when it is told."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    def is_expired(self) -> bool:
        """Told with the rest."""
        return False

    def is_revoked(self) -> bool:
        """Told with the rest."""
        return False


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """Only for confidential clients, and only of their own tokens or, for a resource server, of those meant for it."""

    def create_endpoint_response(self, request: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        """RFC 7662 §2.2, or RFC 9701 §5 for who asked for it. Whoever has no proof of its own is refused (§2.1)."""
        caller: ClientView = self.authenticate_endpoint_client(request)
        if not caller.confidential:
            raise InvalidClientError(description="client authentication failed", status_code=401)
        said = self.create_introspection_payload(self.authenticate_token(request, caller))
        if not _signed(request, caller.client):
            return 200, said, []
        return 200, self._token(said, caller.client), _JWT

    def _token(self, said: dict[str, Any], client: Client) -> str:
        """RFC 9701 §5: from us, to the caller, about a token. Nothing in it makes it pass for a token itself."""
        exchange = self.server.exchange
        algorithm = client.options.introspection_signed_response_alg or client.id_token_signed_response_alg
        claims = {
            "iss": exchange.issuer,
            "aud": client.client_id,
            "iat": int(exchange.now.timestamp()),
            "token_introspection": said,
        }
        key = exchange.scene.ring.signing(algorithm)
        token = jose.sign(claims, key, algorithm=algorithm, typ="token-introspection+jwt")
        return sealing.nested(token, exchange.recipient) if exchange.recipient else token

    def query_token(self, token_string: str, token_type_hint: str | None) -> SeenView | None:
        """What we know of the token; the hint changes nothing."""
        seen = tokens_seen.look(self.server.exchange, token_string)
        return SeenView(seen) if seen else None

    def check_params(self, request: Call, client: ClientView) -> None:
        """RFC 7662 §2.1."""
        tokens_seen.need_token(request)

    def check_permission(self, token: SeenView, client: ClientView, request: Call) -> bool:
        """RFC 7662 §2.2: to a stranger every token is inactive."""
        claims = token.seen.claims
        meant = client.client.options.audience
        return token.seen.client_id == client.client_id or bool(claims and meant and meant in claims.audience)

    def introspect_token(self, token: SeenView) -> dict[str, Any]:
        """The token's claims when it is good; otherwise `active: false` and nothing else."""
        try:
            return self._refresh(token.seen) if token.seen.presented else self._access(token.seen)
        except OAuth2Error:
            return {"active": False}

    def _access(self, seen: Seen) -> dict[str, Any]:
        exchange, claims = self.server.exchange, seen.claims
        state = exchange.state(claims) if claims else None
        if claims is None or state is None or not state.alive(exchange.now):
            return {"active": False}
        client = exchange.client(claims.client_id)
        if client is None or not client.may_exchange:
            return {"active": False}
        if "act" in claims.raw and state.grant is not None and state.grant.client_id != claims.client_id:
            holder, chain = exchange.client(state.grant.client_id), acting.chain(claims.raw["act"])
            rest = (state.account_status, None, exchange.now)
            floor.judge(state.grant, state.space, holder, *rest, actor=client, chain=chain)
        elif claims.grant_id is not None:
            floor.judge(state.grant, state.space, client, state.account_status, None, exchange.now)
        said = {name: value for name, value in claims.raw.items() if name != "fam"}
        return {"active": True, "token_type": "DPoP" if "jkt" in said.get("cnf", {}) else "Bearer", **said}

    def _refresh(self, seen: Seen) -> dict[str, Any]:
        exchange, presented = self.server.exchange, seen.presented
        client = exchange.client(seen.client_id)
        if presented is None or client is None or presented.used_at is not None:
            return {"active": False}
        family = presented.family
        if not family.alive(exchange.now) or presented.expires_at <= exchange.now:
            return {"active": False}
        floor.standing(exchange.db, exchange.scene, family.grant_id, family.person_id, exchange.now)
        return {
            "active": True,
            "client_id": family.client_id,
            "sub": subjects.of(exchange.subject_key, client, family.person_id),
            "scope": " ".join(sorted(family.scope)),
            "exp": int(presented.expires_at.timestamp()),
            "iss": exchange.issuer,
            "grant_id": family.grant_id,
        }


def _signed(request: Call, client: Client) -> bool:
    """True when the caller asked for a token, or registered for them and did not ask for plain JSON."""
    accept = request.headers.get("accept", "")
    if MEDIA_TYPE in accept:
        return True
    options = client.options
    registered = options.introspection_signed_response_alg or options.introspection_encrypted_response_alg
    return bool(registered) and not (accept and "json" in accept and "*/*" not in accept)
