"""The SQL of sessions and devices."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.sessions.records import Because, Session, alive
from idp.sessions.tables import devices, sessions
from idp.settings import IdpSettings

SEEN_EVERY = timedelta(minutes=1)
"""That a session is in use is written down at most this often."""

KEPT_AFTER_END = timedelta(days=1)
"""A session that is over is kept this long: what names it is refused for that reason, then forgotten."""

_FIELDS = [sessions.c[field.name] for field in fields(Session)]
_OPEN = sessions.c.ended_at.is_(None)


def start(db: Connection, session: Session, digest: str) -> None:
    """Keep a new session, opened by the secret of `digest`."""
    values: dict[str, Any] = {field.name: getattr(session, field.name) for field in fields(Session)}
    values["amr"] = list(session.amr)
    db.execute(insert(sessions).values(**values, digest=digest))


def by_digest(db: Connection, digest: str) -> Session | None:
    """The session that the secret of `digest` opens, over or not."""
    row = db.execute(select(*_FIELDS).where(sessions.c.digest == digest)).mappings().first()
    return session_of(row) if row else None


def find(db: Connection, session_id: str) -> Session | None:
    """The session of that identifier, over or not."""
    row = db.execute(select(*_FIELDS).where(sessions.c.id == session_id)).mappings().first()
    return session_of(row) if row else None


def of_person(db: Connection, person_id: str, idle: timedelta, now: datetime) -> list[Session]:
    """The sessions of a person that still open pages, the last seen first."""
    theirs = (sessions.c.person_id == person_id, _OPEN)
    within = (sessions.c.expires_at > now, sessions.c.last_seen_at > now - idle)
    query = select(*_FIELDS).where(*theirs, *within).order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
    return [session_of(row) for row in db.execute(query).mappings()]


def touch(db: Connection, session_id: str, now: datetime, settings: IdpSettings) -> bool:
    """The session is used now: keep it awake. False when it is over."""
    session = find(db, session_id)
    if session is None or not alive(session, settings.session_idle, now):
        return False
    if due(session, now):
        seen(db, session_id, now)
    return True


def due(session: Session, now: datetime) -> bool:
    """True when it is time to write down that the session is in use."""
    return now - session.last_seen_at >= SEEN_EVERY


def seen(db: Connection, session_id: str, now: datetime) -> None:
    """Write down that the session is in use."""
    mine = (sessions.c.id == session_id, _OPEN, sessions.c.last_seen_at < now)
    db.execute(update(sessions).where(*mine).values(last_seen_at=now))


def renew(db: Connection, before: Session, after: Session, digest: str) -> bool:
    """The same person was proven again in the same browser: same session, another secret. False when it was over."""
    mine = (sessions.c.id == before.id, sessions.c.person_id == after.person_id, _OPEN)
    values = {
        "digest": digest,
        "auth_time": after.auth_time,
        "acr": after.acr,
        "amr": list(after.amr),
        "device": after.device,
        "last_seen_at": after.last_seen_at,
        "expires_at": after.expires_at,
    }
    return db.execute(update(sessions).where(*mine).values(**values)).rowcount == 1


def end(db: Connection, session_id: str, because: Because, now: datetime) -> Session | None:
    """End a session. None when it was over already: of many at the same time, one gets the session."""
    ended = update(sessions).where(sessions.c.id == session_id, _OPEN).values(ended_at=now, ended_because=str(because))
    row = db.execute(ended.returning(*_FIELDS)).mappings().first()
    return session_of(row) if row else None


def end_others(db: Connection, person_id: str, keep: str | None, because: Because, now: datetime) -> list[Session]:
    """End every session of a person but the one to keep; gives those that it ended."""
    theirs = (sessions.c.person_id == person_id, _OPEN, sessions.c.id != (keep or ""))
    ended = update(sessions).where(*theirs).values(ended_at=now, ended_because=str(because))
    return [session_of(row) for row in db.execute(ended.returning(*_FIELDS)).mappings()]


def device_owners(db: Connection, digest: str, now: datetime) -> frozenset[str]:
    """Who signed in on that device before."""
    query = select(devices.c.person_id).where(devices.c.digest == digest, devices.c.expires_at > now)
    return frozenset(db.execute(query).scalars())


def remember_device(
    db: Connection, person_id: str, digest: str, words: str, now: datetime, expires_at: datetime
) -> None:
    """The person signed in on that device: remember it, or for longer."""
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    row = {"person_id": person_id, "digest": digest, "words": words, "first_seen_at": now, "expires_at": expires_at}
    fresh = kind(devices).values(**row)
    again = {"words": words, "expires_at": expires_at}
    db.execute(fresh.on_conflict_do_update(index_elements=["person_id", "digest"], set_=again))


def purge(db: Connection, now: datetime, limit: int = 500) -> int:
    """Forget sessions long over and devices not seen for long, at most `limit` of each."""
    over = select(sessions.c.id).where(sessions.c.expires_at <= now - KEPT_AFTER_END).limit(limit)
    gone = db.execute(delete(sessions).where(sessions.c.id.in_(over))).rowcount
    old = select(devices.c.digest).where(devices.c.expires_at <= now).limit(limit)
    return gone + db.execute(delete(devices).where(devices.c.digest.in_(old), devices.c.expires_at <= now)).rowcount


def session_of(row: Mapping[str, Any] | RowMapping) -> Session:
    """A session from a row that holds every column of it, and perhaps others."""
    values = {field.name: row[field.name] for field in fields(Session)}
    because = values["ended_because"]
    return Session(**{**values, "amr": tuple(values["amr"]), "ended_because": Because(because) if because else None})
