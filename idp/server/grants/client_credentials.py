"""grant_type=client_credentials (RFC 6749 §4.4): the client on its own behalf, never on a person's."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from consent.scopes import IDENTITY, PAIRING
from idp.server import issuing


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """No person, no refresh token, and no scope that is about a person."""

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An access token about the client itself."""
        client = self.request.client.client
        own = frozenset(s for s in client.scope - IDENTITY - {PAIRING} if not s.startswith(("patient/", "user/")))
        asked = frozenset((self.request.payload.scope or "").split())
        scope = own & asked if asked else own
        if asked and not scope:
            raise InvalidScopeError("no scope that this client may have on its own behalf")
        return issuing.for_client(self.server.exchange, client, scope)

    def validate_requested_scope(self) -> None:
        """Done when the token is made."""

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: access tokens are self-contained."""
