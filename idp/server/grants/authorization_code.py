"""grant_type=authorization_code (RFC 6749 §4.1.3), always with its verifier (RFC 7636)."""

from typing import Any

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

from clients import profiles
from idp.protocol import pkce
from idp.server import issuing
from idp.server.errors import Gone
from idp.server.views import ClientView, CodeView, UserView
from idp.tokens.records import Code, Family


class AuthorizationCode(AuthorizationCodeGrant):  # type: ignore[misc]
    """Authlib's order of checks over our codes; a code is taken before anything of it is looked at."""

    def query_authorization_code(self, code: str, client: ClientView) -> CodeView:
        """Take the code. A replay by its own client ends the family born of it (RFC 6749 §4.1.2)."""
        exchange = self.server.exchange
        return CodeView(exchange.books.take_code(code, client.client_id, exchange.now))

    def validate_token_request(self) -> None:
        """Authlib's checks, then the verifier's. A request without verifier does not spend the code."""
        caller = self.authenticate_token_endpoint_client()
        verifier = self.request.form.get("code_verifier")
        if not verifier and profiles.of(caller.client).pkce == "always":
            raise Gone("code_invalid", "code_verifier is missing (RFC 7636)")
        super().validate_token_request()
        code: Code = self.request.authorization_code.code
        if not pkce.fits(verifier, code.code_challenge):
            raise Gone("code_invalid", "the code verifier does not fit the code challenge")
        held = self.server.exchange.binding
        if code.jkt is not None and (held is None or (held.kind, held.thumbprint) != ("jkt", code.jkt)):
            raise Gone("code_invalid", "the code is bound to another DPoP key (RFC 9449)")

    def authenticate_user(self, authorization_code: CodeView) -> UserView:
        """The person, if all that the code rests on still holds."""
        code, exchange = authorization_code.code, self.server.exchange
        self.grant = exchange.books.agreement(code.grant_id, code.person_id, exchange.now)
        exchange.books.session_lives(code.authentication, exchange.now)
        return UserView(code.person_id)

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A new family with its first tokens."""
        exchange, client = self.server.exchange, self.request.client.client
        code: Code = self.request.authorization_code.code
        now, settings = exchange.now, exchange.settings
        limits = issuing.limits(self.request.form.get("authorization_details"), code.details, client)
        lasting = "offline_access" in code.scope
        family = Family(
            id=code.family_id,
            client_id=code.client_id,
            person_id=code.person_id,
            grant_id=code.grant_id,
            kind="offline" if lasting else "online",
            scope=code.scope,
            audience=code.audience,
            authentication=code.authentication,
            created_at=now,
            expires_at=now + (settings.refresh_absolute if lasting else settings.session_absolute),
            binding=exchange.binding if client.public else None,
            claims=code.claims,
            details=code.details,
            former=code.former,
        )
        ends = None
        if code.scope & {"offline_access", "online_access"} and "refresh_token" in client.grant_types:
            ends = min(family.expires_at, now + settings.refresh_idle)
        token = exchange.books.begin(family, self.request.form["code"], now, ends)
        return issuing.for_family(
            exchange, client, family, self.grant, refresh_token=token, nonce=code.nonce, limits=limits
        )

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: access tokens are self-contained and the refresh token is kept already."""

    def delete_authorization_code(self, authorization_code: CodeView) -> None:
        """Nothing: it was taken first."""
