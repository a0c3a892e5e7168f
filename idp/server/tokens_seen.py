"""A token brought by a client, whatever its kind: what do we know of it?"""

from dataclasses import dataclass

from idp.server.call import Call
from idp.server.errors import InvalidRequestError
from idp.server.exchange import Exchange
from idp.tokens import opaque, refresh
from idp.tokens.records import Family
from kit.guard import AccessClaims, is_name
from kit.problems import Refusal


@dataclass(frozen=True, slots=True)
class Seen:
    """A token of ours, good or not."""

    kind: str
    client_id: str
    claims: AccessClaims | None = None
    family: Family | None = None
    presented: refresh.Presented | None = None


def look(exchange: Exchange, token: str) -> Seen | None:
    """Recognise a token; None when it is not ours, or an access token that has expired."""
    if token.startswith("rt_"):
        presented = refresh.find(exchange.db, token)
        if presented is None:
            return None
        return Seen("refresh_token", presented.family.client_id, family=presented.family, presented=presented)
    try:
        claims = opaque.find(exchange.db, token, exchange.now) if is_name(token) else exchange.recognise(token)
    except Refusal:
        return None
    if claims is None:
        return None
    return Seen("access_token", claims.client_id, claims=claims)


def need_token(request: Call) -> None:
    """Raises InvalidRequestError unless exactly one token is there."""
    if len(request.payload.datalist.get("token", ())) != 1 or not request.form["token"]:
        raise InvalidRequestError("token is missing or given more than once")
