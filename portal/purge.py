"""Forget what is over: stays, and departures that nobody came back from."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from portal.tables import sessions, sign_ins


def purge(db: Connection, now: datetime, limit: int = 500) -> int:
    """Remove at most `limit` rows of each table; gives how many went."""
    gone = 0
    for table in (sessions, sign_ins):
        old = select(table.c.digest).where(table.c.ends_at <= now).limit(limit)
        gone += db.execute(delete(table).where(table.c.digest.in_(old))).rowcount
    return gone
