"""The app asks how its request stands, and takes what was agreed: what both grant types have in common."""

from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from sqlalchemy import Connection

from clients.records import Client
from idp.decoupled import records, store
from idp.decoupled.records import Demand, Turn
from idp.server import issuing
from idp.server.errors import Gone
from idp.server.exchange import Exchange
from idp.server.views import ClientView
from idp.sessions import store as sessions
from idp.sessions.records import Because
from idp.tokens import families, id_tokens
from idp.tokens.records import Authentication, Family

_INVALID = "the code is not valid: unknown, used, or not this client's"
_WORDS = {
    Turn.PENDING: "the person has not answered yet",
    Turn.SLOW: "the person has not answered yet: wait longer between two requests",
    Turn.DENIED: "the person refused",
    Turn.EXPIRED: "the time to answer is over: start again",
}


class NotYet(OAuth2Error):  # type: ignore[misc]
    """RFC 8628 §3.5, CIBA §11: not now, or never."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(error=str(turn), description=_WORDS[turn])


class Redemption(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Bound to its client, used once whatever the process, never while the person has not answered."""

    KIND: ClassVar[str]
    PARAMETER: ClassVar[str]

    def validate_token_request(self) -> None:
        """Whose request it is, and what became of it."""
        client: ClientView = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("this client may not use this grant type")
        self.check_client(client.client)
        value = self.request.form.get(self.PARAMETER)
        if not value:
            raise InvalidRequestError(f"{self.PARAMETER} is missing")
        self.request.client = client
        self.demand = taken(self.server.exchange, client.client, self.KIND, value)

    def check_client(self, client: Client) -> None:
        """What a grant type asks more of its clients."""

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """RFC 6749 §5.1."""
        answer = redeem(self.server.exchange, self.request.client.client, self.demand)
        return 200, answer, self.TOKEN_RESPONSE_HEADER


def taken(exchange: Exchange, client: Client, kind: str, value: str) -> Demand:
    """The request, allowed and now used. A replay ends the family that it gave birth to. Raises Gone, NotYet."""
    db, now = exchange.db, exchange.now
    demand = store.presented(db, kind, value)
    if demand is None or demand.client_id != client.client_id:
        raise Gone("code_invalid", _INVALID)
    turn = records.turn(demand, now)
    if turn is Turn.USED:
        families.end(db, demand.family_id, "code_replayed", now)
        raise Gone("code_invalid", _INVALID)
    if turn is Turn.PENDING:
        store.asked_again(db, demand, demand.interval, now)
    if turn is Turn.SLOW:
        store.asked_again(db, demand, records.slower(demand.interval), now)
    if turn is not Turn.READY:
        raise NotYet(turn)
    if not store.take(db, demand, now):
        raise Gone("code_invalid", _INVALID)
    return demand


def redeem(exchange: Exchange, client: Client, demand: Demand, *, pushed: str | None = None) -> dict[str, Any]:
    """The answer to a request that was allowed, if all that it rests on still holds. Raises Gone.

    What is given lives on another device than the browser in which the person answered: its family has no session, and
    ends with its own time. `pushed` is the auth_req_id of an answer that nobody came for (CIBA §10.3.1).
    """
    agreed, now, settings = demand.agreed, exchange.now, exchange.settings
    if agreed is None or demand.person_id is None or demand.grant_id is None:
        raise Gone("code_invalid", _INVALID)
    grant = exchange.books.agreement(demand.grant_id, demand.person_id, now)
    _not_stopped(exchange.db, agreed.authentication.session_id)
    lasting, who = "offline_access" in agreed.scope, agreed.authentication
    family = Family(
        id=demand.family_id,
        client_id=client.client_id,
        person_id=demand.person_id,
        grant_id=demand.grant_id,
        kind="offline" if lasting else "online",
        scope=agreed.scope,
        audience=agreed.audience,
        authentication=Authentication("", who.auth_time, who.acr, who.amr),
        created_at=now,
        expires_at=now + (settings.refresh_absolute if lasting else settings.session_absolute),
        binding=exchange.binding if client.public else None,
        claims=agreed.claims,
        details=agreed.details,
        former=demand.asked.former,
    )
    ends = None
    if agreed.scope & {"offline_access", "online_access"} and "refresh_token" in client.grant_types:
        ends = min(family.expires_at, now + settings.refresh_idle)
    token = exchange.books.begin(family, demand.id, now, ends)
    more = _pushed(client, pushed, token) if pushed else None
    return issuing.for_family(exchange, client, family, grant, refresh_token=token, nonce=None, more=more)


def _pushed(client: Client, auth_req_id: str, refresh_token: str | None) -> dict[str, str]:
    """What ties a pushed id token to its request and to the refresh token beside it (CIBA §10.3.1)."""
    said = {"urn:openid:params:jwt:claim:auth_req_id": auth_req_id}
    if refresh_token is not None:
        algorithm = client.id_token_signed_response_alg
        said["urn:openid:params:jwt:claim:rt_hash"] = id_tokens.half_hash(refresh_token, algorithm)
    return said


def _not_stopped(db: Connection, session_id: str) -> None:
    """Who signs out after answering changes nothing; a session stopped from elsewhere may not have been theirs."""
    session = sessions.find(db, session_id) if session_id else None
    if session is not None and session.ended_because in {Because.STOPPED, Because.SECURITY}:
        raise Gone("session_ended", "the session in which this was allowed was stopped")
