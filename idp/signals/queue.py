"""What waits in a stream, in the order in which it happened, until its receiver has it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, delete, func, insert, select, type_coerce

from idp.signals import events
from idp.signals.tables import waiting
from kit.ids import new


@dataclass(frozen=True, slots=True)
class Signal:
    """One security event token not yet received; it is signed when it leaves."""

    id: str
    """Its `jti`."""
    stream_id: str
    claims: Mapping[str, Any]
    created_at: datetime


def add(db: Connection, stream_id: str, claims: Mapping[str, Any], now: datetime, kept: timedelta) -> str:
    """Add one at the end; gives its `jti`."""
    identifier = new("set", now)
    values = {"id": identifier, "stream_id": stream_id, "claims": dict(claims)}
    db.execute(insert(waiting).values(**values, created_at=now, expires_at=now + kept))
    return identifier


def first(db: Connection, stream_id: str, most: int, now: datetime, *, told_when_stopped: bool = False) -> list[Signal]:
    """The oldest that wait; `told_when_stopped`: only those that say that the house stopped the stream."""
    query = (
        select(waiting.c.id, waiting.c.stream_id, waiting.c.claims, waiting.c.created_at)
        .where(waiting.c.stream_id == stream_id, waiting.c.expires_at > now)
        .order_by(waiting.c.position)
        .limit(most)
    )
    if told_when_stopped:
        query = query.where(type_coerce(waiting.c.claims, Text).contains(events.STREAM_UPDATED))
    return [Signal(row.id, row.stream_id, row.claims, row.created_at) for row in db.execute(query)]


def count(db: Connection, stream_id: str, now: datetime) -> int:
    """How many wait."""
    mine = (waiting.c.stream_id == stream_id, waiting.c.expires_at > now)
    return int(db.execute(select(func.count()).select_from(waiting).where(*mine)).scalar_one())


def received(db: Connection, stream_id: str, ids: Collection[str]) -> int:
    """The receiver has them, or wants no more of them; only what waits in this very stream goes. Gives how many."""
    if not ids:
        return 0
    return db.execute(delete(waiting).where(waiting.c.stream_id == stream_id, waiting.c.id.in_(ids))).rowcount


def forget(db: Connection, stream_id: str) -> int:
    """Nothing waits any more: the stream was disabled."""
    return db.execute(delete(waiting).where(waiting.c.stream_id == stream_id)).rowcount
