"""People enter apps with their space: one line of their journal a sign-in, written a little later by the worker.

What an app then reads at userinfo is read many times and costs one statement: nothing is written there. Here families
of tokens are gone through in the order of their identifiers, which is that of their birth, up to those whose codes may
still be on their way.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from clients.records import Client
from consent import actors, entries, journal
from idp.protocol import claims
from idp.scene import Scene
from idp.settings import IdpSettings
from idp.tokens.tables import families, told
from kit import ids

_MARGIN = timedelta(minutes=1)
_AT_ONCE = 100
"""Families in one transaction: the end of each person's journal is held until it is over."""
_PLACE = "families"


def write(db: Connection, scene: Scene, now: datetime, limit: int) -> int:
    """Write the lines of at most `limit` families; gives how many were gone through. One process at a time."""
    mark = db.execute(select(told.c.last).where(told.c.name == _PLACE)).scalar()
    after, before = mark or "", ids.earliest("fam", now - lag(scene.settings))
    names = (families.c.id, families.c.client_id, families.c.person_id, families.c.grant_id)
    query = select(*names, families.c.scope, families.c.claims, families.c.created_at)
    query = (
        query.where(families.c.id > after, families.c.id < before).order_by(families.c.id).limit(min(limit, _AT_ONCE))
    )
    found = db.execute(query).all()
    if not found:
        return 0
    known: dict[str, Client | None] = {}
    for row in found:
        if row.client_id not in known:
            known[row.client_id] = scene.clients.peek(db, row.client_id)
        client, scope = known[row.client_id], frozenset(row.scope.split())
        if client is not None and not client.first_party and "openid" in scope:
            _line(db, client, row.person_id, row.grant_id, row.created_at, disclosed=_discloses(scope, row.claims))
    last = found[-1].id
    if mark is None:
        db.execute(insert(told).values(name=_PLACE, last=last))
    else:
        db.execute(update(told).where(told.c.name == _PLACE).values(last=last))
    return len(found)


def lag(settings: IdpSettings) -> timedelta:
    """A family is named when its request is answered, and kept when the app comes for its tokens, this long after."""
    return max(settings.code_lifetime, settings.device_lifetime, settings.ciba_most) + _MARGIN


def _discloses(scope: frozenset[str], asked: claims.Claims | None) -> bool:
    return bool(scope & claims.SCOPES.keys() or claims.scopes(asked))


def _line(db: Connection, client: Client, person_id: str, grant_id: str, at: datetime, *, disclosed: bool) -> None:
    line = entries.entry_of(
        person_id,
        actors.holder(person_id, context="sign_in"),
        at,
        "app.identified" if disclosed else "app.entered",
        object_kind="Application",
        client_id=client.client_id,
        client_name=client.name,
        grant_id=grant_id,
    )
    journal.record(db, line)
