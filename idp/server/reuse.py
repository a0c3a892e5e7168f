"""A refresh token came twice: somebody has a copy. Everything born with it ends, and the person is told."""

from idp.accounts import store as accounts
from idp.server.exchange import Exchange
from idp.tokens import families
from idp.tokens.records import Family
from kit.telemetry import events, log
from notices.send import Address


def react(exchange: Exchange, family: Family) -> None:
    """RFC 9700 §4.14.2. Exactly one of several callers ends the family and tells the person."""
    ended = families.end(exchange.db, family.id, "token_reused", exchange.now)
    if ended is None:
        return
    events.labels("refresh_token_reused").inc()
    log.warning("refresh_token_reused", family_id=family.id, client_id=family.client_id)
    client = exchange.client(family.client_id)
    profile = accounts.claims(exchange.db, family.person_id)
    if client is None or profile is None:
        return
    exchange.scene.notices.tell(
        exchange.db,
        exchange.now,
        to=Address(email=profile.email, mobile=profile.phone_number),
        template="token_reuse",
        person_id=family.person_id,
        app=client.name,
        at=exchange.now,
    )
