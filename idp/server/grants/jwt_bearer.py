"""grant_type=…:jwt-bearer (RFC 7523 §2.1): who another issuer says it is, within what was agreed before."""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from clients.records import Client
from consent import grants, grants_store, scopes, smart
from consent.grants import Grant, Standing
from idp.protocol import bearer
from idp.protocol.bearer import GRANT_TYPE, Asserted
from idp.server import issuing
from idp.server.errors import Gone, InvalidScopeError, Told
from idp.server.views import ClientView
from idp.tokens import families, revoked
from idp.tokens.records import Authentication, Family
from idp.trust import links
from idp.trust.said import Outside
from kit import jose
from kit.ids import new
from kit.problems import Refusal
from kit.telemetry import log

_LEFT_OUT = frozenset({"offline_access", "online_access", scopes.PAIRING})
_INVALID = "the assertion is not valid: unknown issuer or subject, expired, used before, or not for this client"


class JwtBearer(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Confidential clients only; one access token, no refresh token, no id token: a new assertion serves as well."""

    GRANT_TYPE = GRANT_TYPE

    def validate_token_request(self) -> None:
        """Who calls, and what it brings."""
        caller: ClientView = self.authenticate_token_endpoint_client()
        if not caller.confidential or not caller.check_grant_type(GRANT_TYPE):
            raise UnauthorizedClientError("this client may not use this grant type")
        if not self.request.form.get("assertion"):
            raise InvalidRequestError("assertion is missing")
        self.request.client = caller

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """RFC 6749 §5.1."""
        exchange, client = self.server.exchange, self.request.client.client
        limits = self.request.form.get("authorization_details")
        said = self._asserted(client)
        person_id = links.person_of(exchange.db, said.issuer, said.subject)
        found = grants_store.between(exchange.db, person_id, client.client_id) if person_id else None
        if person_id is None or found is None:
            raise Gone("assertion_invalid", _INVALID)
        grant = exchange.books.agreement(found.id, person_id, exchange.now)
        if grants.standing(grant, exchange.now) is not Standing.ACTIVE:
            raise Gone("consent_ended", "the person has not agreed to anything with this client")
        family = self._family(client, grant, said)
        narrower = issuing.limits(limits, family.details, client)
        families.save(exchange.db, family)
        answer = issuing.for_family(exchange, client, family, grant, refresh_token=None, nonce=None, limits=narrower)
        answer.pop("id_token", None)  # the person did not sign in here
        return 200, answer, self.TOKEN_RESPONSE_HEADER

    def _asserted(self, client: Client) -> Asserted:
        """What the assertion says; it is used up by this, whatever follows."""
        exchange, outside = self.server.exchange, self.request.outside or Outside()
        try:
            said = bearer.verify(
                self.request.form["assertion"],
                client,
                outside.keys,
                issuer=exchange.issuer,
                now=exchange.now,
                most=exchange.settings.assertion_most,
            )
        except jose.BadToken as error:
            log.info("assertion_refused", client_id=client.client_id, why=str(error))
            raise Gone("assertion_invalid", _INVALID) from error
        mark = revoked.assertion_mark(f"assertion {said.issuer}", said.jti)
        if not revoked.first_time(exchange.db, mark, said.until):
            raise Gone("assertion_invalid", _INVALID)
        return said

    def _family(self, client: Client, grant: Grant, said: Asserted) -> Family:
        """One access token's family: it ends with it."""
        exchange = self.server.exchange
        life: timedelta = client.access_token_lifetime or exchange.settings.access_token_lifetime
        who = Authentication("", said.proven_at, exchange.settings.trust.acr, ())
        return Family(
            id=new("fam", exchange.now),
            client_id=client.client_id,
            person_id=grant.person_id,
            grant_id=grant.id,
            kind="online",
            scope=self._scope(grant),
            audience=(exchange.issuer, *exchange.scene.resources),
            authentication=who,
            created_at=exchange.now,
            expires_at=exchange.now + life,
            details=grant.details,
        )

    def _scope(self, grant: Grant) -> frozenset[str]:
        """What was agreed, or less."""
        held, text = grant.scope - _LEFT_OUT, self.request.form.get("scope", "")
        if text:
            try:
                asked = scopes.read(text)
            except Refusal as refusal:
                raise Told(refusal) from refusal
            plain = frozenset(word for word in asked if not smart.looks_smart(word)) & held
            held = plain | scopes.spelled(smart.meet(scopes.data_atoms(asked), scopes.data_atoms(grant.scope)))
        if not held:
            raise InvalidScopeError("nothing of that scope was agreed")
        return held
