"""How much an app uses its grant: one row a grant and a day, so that nobody counts the journal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Executable, bindparam, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from consent.tables import grant_days


@dataclass(frozen=True, slots=True)
class Use:
    """What the holder is shown of an app's use."""

    last_at: datetime | None = None
    """The last call that was allowed."""
    calls: int = 0
    refused: int = 0


def add(db: Connection, grant_id: str, now: datetime, *, allowed: bool) -> None:
    """Count one call, in one statement."""
    values = {"grant_id": grant_id, "day": _day(now.date()), "last_at": now if allowed else None}
    db.execute(_ADD[db.dialect.name], {**values, "calls": int(allowed), "refused": int(not allowed)})


def uses(db: Connection, grant_ids: Collection[str], today: date, window: int) -> Mapping[str, Use]:
    """The use of each grant: its last call ever, its calls over the last `window` days, today included."""
    since = _day(today - timedelta(days=window - 1))
    recent = grant_days.c.day >= since
    query = (
        select(
            grant_days.c.grant_id,
            func.max(grant_days.c.last_at, type_=grant_days.c.last_at.type).label("last_at"),
            func.sum(case((recent, grant_days.c.calls), else_=0)).label("calls"),
            func.sum(case((recent, grant_days.c.refused), else_=0)).label("refused"),
        )
        .where(grant_days.c.grant_id.in_(grant_ids))
        .group_by(grant_days.c.grant_id)
    )
    return {row.grant_id: Use(row.last_at, int(row.calls), int(row.refused)) for row in db.execute(query)}


def forget(db: Connection, before: date, limit: int) -> int:
    """Remove at most `limit` counters of days before `before`; gives how many went."""
    old = select(grant_days.c.grant_id, grant_days.c.day).where(grant_days.c.day < _day(before)).limit(limit)
    rows = db.execute(old).all()
    for row in rows:
        db.execute(delete(grant_days).where(grant_days.c.grant_id == row.grant_id, grant_days.c.day == row.day))
    return len(rows)


def _day(day: date) -> str:
    return day.isoformat()


def _statement(dialect: str) -> Executable:
    kind = postgresql.insert if dialect == "postgresql" else sqlite.insert
    fresh = kind(grant_days).values({column.name: bindparam(column.name) for column in grant_days.c})
    more = {
        "calls": grant_days.c.calls + fresh.excluded.calls,
        "refused": grant_days.c.refused + fresh.excluded.refused,
        "last_at": func.coalesce(fresh.excluded.last_at, grant_days.c.last_at),
    }
    return fresh.on_conflict_do_update(index_elements=[grant_days.c.grant_id, grant_days.c.day], set_=more)


_ADD = {dialect: _statement(dialect) for dialect in ("postgresql", "sqlite")}
