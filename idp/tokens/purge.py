"""Short-lived rows go when their time is past, a bounded number at a time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, select

from clients.tables import invitations
from idp.ciba.tables import subjects
from idp.decoupled.tables import demands
from idp.launch.tables import launches
from idp.signals.tables import waiting as signals
from idp.tokens.tables import (
    codes,
    families,
    interactions,
    opaque_tokens,
    pushed_requests,
    refresh_tokens,
    revoked_tokens,
    seen_assertions,
)

_KEPT_LONGER = timedelta(hours=1)
"""Expired codes and refresh tokens are still recognised for a while, so that a replay is told from a typing error."""

TABLES: tuple[Table, ...] = (
    interactions,
    pushed_requests,
    codes,
    refresh_tokens,
    families,
    revoked_tokens,
    opaque_tokens,
    seen_assertions,
    invitations,
    demands,
    launches,
    subjects,
    signals,
)

_AT_ONCE = (opaque_tokens, seen_assertions)
"""Many, and of no use once they are past: one a call where proofs are used."""


def purge(db: Connection, now: datetime, limit: int = 1000) -> int:
    """Delete at most `limit` expired rows of each table; gives how many went."""
    gone = 0
    for table in TABLES:
        (key,) = table.primary_key.columns
        ends = now if table in _AT_ONCE else now - _KEPT_LONGER
        old = select(key).where(table.c.expires_at < ends).limit(limit)
        gone += db.execute(delete(table).where(key.in_(old))).rowcount
    return gone
