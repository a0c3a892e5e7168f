"""A stream: what one client asked to be told, how it is told, and whether it is now (SSF 1.0 §8.1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.signals.events import SUPPORTED
from idp.signals.tables import left_out, streams, waiting

MOST_LEFT_OUT = 10_000
"""Subjects that one stream may leave out."""


class Method(StrEnum):
    """How events are delivered."""

    PUSH = "urn:ietf:rfc:8935"
    POLL = "urn:ietf:rfc:8936"


class Status(StrEnum):
    """SSF 1.0 §8.1.2.1: paused keeps what happens for later, disabled forgets it."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Stream:
    """The stream of one client. It belongs to nobody else."""

    id: str
    client_id: str
    description: str | None
    requested: tuple[str, ...] | None
    method: Method
    endpoint_url: str | None
    authorization: bytes | None
    """What to say with a push, sealed."""
    format: str
    status: Status
    reason: str | None
    failures: int
    created_at: datetime
    changed_at: datetime

    @property
    def delivered(self) -> tuple[str, ...]:
        """What the receiver asked for and we tell."""
        return tuple(one for one in SUPPORTED if one in (self.requested or ()))


_NAMES = [field.name for field in fields(Stream)]
_COLUMNS = [streams.c[name] for name in _NAMES]


def add(db: Connection, stream: Stream) -> bool:
    """Keep a new stream; False when its client has one already."""
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fresh = kind(streams).values(**_values(stream)).on_conflict_do_nothing().returning(streams.c.id)
    return db.execute(fresh).first() is not None


def of_client(db: Connection, client_id: str) -> Stream | None:
    """The stream of that client."""
    row = db.execute(select(*_COLUMNS).where(streams.c.client_id == client_id)).mappings().first()
    return _record(row) if row else None


def of_clients(db: Connection, client_ids: Collection[str]) -> list[Stream]:
    """The streams of those clients that are told anything at all."""
    if not client_ids:
        return []
    query = select(*_COLUMNS).where(streams.c.client_id.in_(client_ids), streams.c.status != str(Status.DISABLED))
    return [_record(row) for row in db.execute(query.order_by(streams.c.id)).mappings()]


def find(db: Connection, stream_id: str) -> Stream | None:
    """The stream of that identifier."""
    row = db.execute(select(*_COLUMNS).where(streams.c.id == stream_id)).mappings().first()
    return _record(row) if row else None


def all_streams(db: Connection, limit: int = 1000) -> list[Stream]:
    """Every stream, for those who run the house."""
    return [_record(row) for row in db.execute(select(*_COLUMNS).order_by(streams.c.id).limit(limit)).mappings()]


def change(db: Connection, stream_id: str, values: Mapping[str, Any], now: datetime) -> Stream | None:
    """Change some fields; gives the stream as it is now, None when it is gone."""
    kept = {name: _plain(value) for name, value in values.items()}
    done = update(streams).where(streams.c.id == stream_id).values(**kept, changed_at=now).returning(*_COLUMNS)
    row = db.execute(done).mappings().first()
    return _record(row) if row else None


def remove(db: Connection, stream_id: str) -> bool:
    """Forget a stream with all that waits in it."""
    db.execute(delete(waiting).where(waiting.c.stream_id == stream_id))
    db.execute(delete(left_out).where(left_out.c.stream_id == stream_id))
    return db.execute(delete(streams).where(streams.c.id == stream_id)).rowcount == 1


def may_verify(db: Connection, stream_id: str, every: timedelta, now: datetime) -> bool:
    """True when the last verification is long enough ago: exactly one of several requests is the next one."""
    due = or_(streams.c.verified_at.is_(None), streams.c.verified_at <= now - every)
    done = update(streams).where(streams.c.id == stream_id, due).values(verified_at=now)
    return db.execute(done).rowcount == 1


def leave_out(db: Connection, stream_id: str, digest: str, now: datetime) -> bool:
    """Tell nothing of that subject any more; False when too many are left out already."""
    mine = select(left_out.c.digest).where(left_out.c.stream_id == stream_id)
    if len(db.execute(mine.limit(MOST_LEFT_OUT)).all()) >= MOST_LEFT_OUT:
        return False
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(kind(left_out).values(stream_id=stream_id, digest=digest, since=now).on_conflict_do_nothing())
    return True


def take_in(db: Connection, stream_id: str, digest: str) -> None:
    """Tell of that subject again."""
    db.execute(delete(left_out).where(left_out.c.stream_id == stream_id, left_out.c.digest == digest))


def leaves_out(db: Connection, stream_id: str, digests: Collection[str]) -> bool:
    """True when the stream leaves one of them out."""
    found = select(left_out.c.digest).where(left_out.c.stream_id == stream_id, left_out.c.digest.in_(digests))
    return db.execute(found.limit(1)).first() is not None


def lease(db: Connection, stream_id: str, holder: str, until: datetime, now: datetime) -> bool:
    """Be the one delivery that pushes: events of a stream leave one after the other. False while another one does."""
    free = or_(streams.c.pushing_until.is_(None), streams.c.pushing_until <= now, streams.c.pushing_by == holder)
    mine = update(streams).where(streams.c.id == stream_id, free).values(pushing_by=holder, pushing_until=until)
    return db.execute(mine).rowcount == 1


def release(db: Connection, stream_id: str, holder: str) -> None:
    """Let another delivery push."""
    mine = (streams.c.id == stream_id, streams.c.pushing_by == holder)
    db.execute(update(streams).where(*mine).values(pushing_by=None, pushing_until=None))


def count_failure(db: Connection, stream_id: str) -> int:
    """One push more that failed; gives how many in a row."""
    done = update(streams).where(streams.c.id == stream_id).values(failures=streams.c.failures + 1)
    return int(db.execute(done.returning(streams.c.failures)).scalar() or 0)


def no_failure(db: Connection, stream_id: str) -> None:
    """A push succeeded."""
    failed = (streams.c.id == stream_id, streams.c.failures > 0)
    db.execute(update(streams).where(*failed).values(failures=0))


def _values(stream: Stream) -> dict[str, Any]:
    return {name: _plain(getattr(stream, name)) for name in _NAMES}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _record(row: RowMapping) -> Stream:
    values = {name: row[name] for name in _NAMES}
    requested = values["requested"]
    values["requested"] = tuple(requested) if requested is not None else None
    values["method"] = Method(values["method"])
    values["status"] = Status(values["status"])
    return Stream(**values)
