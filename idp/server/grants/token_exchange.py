"""grant_type=…:token-exchange (RFC 8693): a token of ours becomes a smaller one, for its client or for who acts for it.

The new token belongs to the family of the one that was brought: it ends with it, and never lives longer.
"""

from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from clients.records import Client
from consent import acting
from idp.protocol import details, exchanges
from idp.protocol.exchanges import ACCESS_TOKEN, GRANT_TYPE, TYPES
from idp.server import floor, issuing, tokens_seen
from idp.server.errors import Gone, Told
from idp.server.grants import professionals
from idp.server.views import ClientView
from idp.tokens.access import Bearer
from idp.tokens.records import Authentication
from kit.guard import AccessClaims
from kit.problems import Refusal


class TokenExchange(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Confidential clients only."""

    GRANT_TYPE = GRANT_TYPE

    def validate_token_request(self) -> None:
        """RFC 8693 §2.1."""
        caller: ClientView = self.authenticate_token_endpoint_client()
        if not caller.confidential or not caller.check_grant_type(GRANT_TYPE):
            raise UnauthorizedClientError("this client may not use this grant type")
        form = self.request.form
        if not form.get("subject_token"):
            raise InvalidRequestError("subject_token is missing")
        if form.get("subject_token_type") not in TYPES:
            raise InvalidRequestError("subject_token_type is missing or not supported")
        if form.get("requested_token_type", ACCESS_TOKEN) not in TYPES:
            raise InvalidRequestError("requested_token_type is not supported")
        if bool(form.get("actor_token")) != bool(form.get("actor_token_type")):
            raise InvalidRequestError("actor_token and actor_token_type go together")
        self.request.client = caller

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """RFC 8693 §2.2.1."""
        try:
            answer = self._exchanged()
        except Refusal as refusal:
            raise Told(refusal) from refusal
        return 200, answer, self.TOKEN_RESPONSE_HEADER

    def _exchanged(self) -> dict[str, Any]:
        exchange, form, client = self.server.exchange, self.request.form, self.request.client.client
        outside = self.request.outside
        if outside is not None and outside.foreign:
            return professionals.exchanged(exchange, self.request, client, outside)
        claims, holder = self._good(form["subject_token"])
        self._actor(client)
        many = self.request.payload.datalist
        given = exchanges.give(
            claims,
            client,
            holder,
            issuer=exchange.issuer,
            scope=form.get("scope", ""),
            targets=[one for name in ("resource", "audience") for one in many.get(name, ()) if one],
        )
        self._keeps_binding(claims, client)
        limits = details.narrowed(form.get("authorization_details"), claims.raw.get("authorization_details"), client)
        if limits is not None:
            details.narrow(given.scope, limits)
        bearer = Bearer(
            client_id=client.client_id,
            subject=claims.subject,
            scope=given.scope,
            audience=given.audience,
            grant_id=claims.grant_id,
            family_id=claims.family_id,
            patient=claims.patient,
            authentication=_authentication(claims),
            binding=exchange.binding,
            details=limits,
            actor=given.actor,
        )
        usual = client.access_token_lifetime or exchange.settings.access_token_lifetime
        answer = issuing.plain(exchange, client, bearer, min(usual, claims.expires_at - exchange.now))
        return answer | {"issued_token_type": form.get("requested_token_type", ACCESS_TOKEN)}

    def _good(self, token: str) -> tuple[AccessClaims, Client]:
        """The claims of a token about a person that still holds, and the app that the person agreed with."""
        exchange = self.server.exchange
        seen = tokens_seen.look(exchange, token)
        claims = seen.claims if seen else None
        if claims is None or claims.grant_id is None or claims.family_id is None:
            raise exchanges.unfit()
        state = exchange.state(claims)
        if state is None or state.grant is None or not state.alive(exchange.now):
            raise exchanges.unfit()
        holder, presenter = exchange.client(state.grant.client_id), exchange.client(claims.client_id)
        if holder is None or presenter is None or not presenter.may_exchange:
            raise exchanges.unfit()
        chain = acting.chain(claims.raw.get("act"))
        actor = presenter if presenter.client_id != holder.client_id else None
        rest = (state.account_status, None, exchange.now)
        try:
            floor.judge(state.grant, state.space, holder, *rest, actor=actor, chain=chain if actor else ())
        except Gone as gone:
            raise Refusal("invalid_request", f"subject_token: {gone.description}") from gone
        return claims, holder

    def _actor(self, client: Client) -> None:
        """Who acts is who calls: an actor token says the same or is refused."""
        form, exchange = self.request.form, self.server.exchange
        if not form.get("actor_token"):
            return
        seen = tokens_seen.look(exchange, form["actor_token"]) if form["actor_token_type"] in TYPES else None
        claims = seen.claims if seen else None
        state = exchange.state(claims) if claims else None
        alive = state is not None and state.alive(exchange.now)
        if claims is None or not alive or claims.subject != client.client_id or claims.client_id != client.client_id:
            raise Refusal("invalid_request", "actor_token is not a token of the calling client's own")

    def _keeps_binding(self, claims: AccessClaims, client: Client) -> None:
        """A token that is good in one pair of hands only does not become one that is good in all."""
        bound, held = claims.raw.get("cnf"), self.server.exchange.binding
        if bound is None:
            return
        if held is None:
            raise Refusal("invalid_request", "subject_token is bound to a key: prove one to bind the new token to")
        if claims.client_id == client.client_id and held.confirmation() != bound:
            raise exchanges.unfit()


def _authentication(claims: AccessClaims) -> Authentication | None:
    """How the person proved who they are, as the token says."""
    if claims.auth_time is None or claims.acr is None:
        return None
    at = datetime.fromtimestamp(claims.auth_time, UTC)
    return Authentication(claims.session_id or "", at, claims.acr, tuple(claims.raw.get("amr", ())))
