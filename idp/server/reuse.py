"""A refresh token came twice: somebody has a copy. Everything born with it ends, and the person is told."""

from datetime import datetime

from sqlalchemy import Connection

from clients.records import Client
from idp.accounts import store as accounts
from idp.scene import Scene
from idp.tokens import families
from idp.tokens.records import Family
from kit.telemetry import events, log
from notices.send import Address


def react(db: Connection, scene: Scene, family: Family, client: Client | None, now: datetime) -> None:
    """RFC 9700 §4.14.2. Exactly one of several callers ends the family and tells the person."""
    ended = families.end(db, family.id, "token_reused", now)
    if ended is None:
        return
    events.labels("refresh_token_reused").inc()
    log.warning("refresh_token_reused", family_id=family.id, client_id=family.client_id)
    profile = accounts.claims(db, family.person_id)
    if client is None or profile is None:
        return
    scene.notices.tell(
        db,
        now,
        to=Address(email=profile.email, mobile=profile.phone_number),
        template="token_reuse",
        person_id=family.person_id,
        app=client.name,
        at=now,
    )
