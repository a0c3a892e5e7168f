"""Launch values: opaque, short, used once, for one app, one person and one session (SMART App Launch 2.2 §2.0.6)."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from idp.launch.tables import launches
from idp.sessions.records import Session
from kit.secrets import digest, issue


def save(
    db: Connection, *, client_id: str, person_id: str, session_id: str, now: datetime, expires_at: datetime
) -> str:
    """A new launch; its value is given here and kept nowhere."""
    value = issue("lnc")
    whose = {"client_id": client_id, "person_id": person_id, "session_id": session_id}
    row = {"digest": digest(value), **whose, "created_at": now, "expires_at": expires_at, "used_at": None}
    db.execute(insert(launches).values(**row))
    return value


def good(db: Connection, mark: str, client_id: str, session: Session | None, asked_at: datetime) -> bool:
    """This app may be launched so, here: in the session that opened it, or where its person just proved who they are.

    `asked_at` is when the app made its request: from then on the person has their time. Before anybody is known
    (`session` is None) the rest is looked at.
    """
    row = db.execute(select(launches).where(launches.c.digest == mark)).first()
    if row is None or row.client_id != client_id or row.used_at is not None or row.expires_at <= asked_at:
        return False
    if session is None:
        return True
    here = row.session_id == session.id or session.auth_time >= row.created_at
    return bool(row.person_id == session.person_id and here)


def spend(db: Connection, mark: str, now: datetime) -> bool:
    """The app is answered: exactly one request is, for one launch."""
    mine = (launches.c.digest == mark, launches.c.used_at.is_(None))
    return db.execute(update(launches).where(*mine).values(used_at=now)).rowcount == 1
