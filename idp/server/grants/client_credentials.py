"""grant_type=client_credentials (RFC 6749 §4.4): the client on its own behalf, never on a person's."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from consent import scopes, smart
from consent.scopes import IDENTITY, PAIRING
from idp.protocol import details
from idp.server import issuing
from idp.server.errors import Told
from kit.problems import Refusal


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """No person, no refresh token, and no scope that is about a person."""

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An access token about the client itself."""
        client = self.request.client.client
        own = frozenset(s for s in client.scope - IDENTITY - {PAIRING} if not s.startswith(("patient/", "user/")))
        if self.request.form.get("authorization_details"):
            raise Told(details.refused("they are about the data of a person, and no person is here"))
        text = self.request.payload.scope or ""
        scope = scopes.narrowed(own, _read(text, own)) if text.strip() else own
        if text.strip() and not scope:
            raise InvalidScopeError("no scope that this client may have on its own behalf")
        answer = issuing.for_client(self.server.exchange, client, scope)
        former = scopes.former(text)
        return answer | {"scope": scopes.echoed(former, scope)} if former else answer

    def validate_requested_scope(self) -> None:
        """Done when the token is made."""

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: access tokens are self-contained."""


def _read(text: str, own: frozenset[str]) -> frozenset[str]:
    """What is asked: words of its own as they are, data by what it covers. Raises OAuth2Error."""
    words = text.split()
    try:
        data = scopes.read(" ".join(word for word in words if smart.looks_smart(word)))
    except Refusal as refusal:
        raise Told(refusal) from refusal
    return data | (own & frozenset(words))
