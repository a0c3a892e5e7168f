"""Revocation (RFC 7009): a refresh token takes its family with it, an access token goes alone."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint

from idp.server import tokens_seen
from idp.server.call import Call
from idp.server.tokens_seen import Seen
from idp.server.views import ClientView
from idp.tokens import families, revoked


@dataclass(frozen=True, slots=True)
class SeenView:
    """A token brought to us, as Authlib asks about it."""

    seen: Seen

    def check_client(self, client: ClientView) -> bool:
        """It is this client's."""
        return self.seen.client_id == client.client_id


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Unknown tokens are answered 200 (RFC 7009 §2.2), another client's are refused and stay good."""

    def query_token(self, token_string: str, token_type_hint: str | None) -> SeenView | None:
        """What we know of the token; the hint changes nothing."""
        seen = tokens_seen.look(self.server.exchange, token_string)
        return SeenView(seen) if seen else None

    def check_params(self, request: Call, client: ClientView) -> None:
        """RFC 7009 §2.1; an unknown hint is ignored, as the RFC lets us."""
        tokens_seen.need_token(request)

    def revoke_token(self, token: SeenView, request: Call) -> None:
        """Make it worthless from now on."""
        exchange, seen = self.server.exchange, token.seen
        if seen.kind == "refresh_token" and seen.family is not None:
            families.end(exchange.db, seen.family.id, "revoked", exchange.now)
        elif seen.claims is not None:
            revoked.revoke(exchange.db, seen.claims.token_id, seen.claims.expires_at)

    def create_endpoint_response(self, request: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        """RFC 7009 §2.2: an empty answer."""
        status, _, headers = super().create_endpoint_response(request)
        return status, "", headers
