"""The SQL of spaces."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from consent.spaces import Space, State
from consent.tables import spaces

_NAMES = tuple(field.name for field in fields(Space))
_FIND = select(spaces).where(spaces.c.person_id == bindparam("person"))


def find(db: Connection, person_id: str) -> Space | None:
    """The space of that person."""
    row = db.execute(_FIND, {"person": person_id}).mappings().first()
    return record(row) if row else None


def of_people(db: Connection, person_ids: list[str]) -> dict[str, Space]:
    """The spaces of some people, by person."""
    rows = db.execute(select(spaces).where(spaces.c.person_id.in_(person_ids))).mappings()
    return {row["person_id"]: record(row) for row in rows}


def insert(db: Connection, space: Space) -> bool:
    """Keep a new space; False when the person has one already."""
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fresh = kind(spaces).values(**_columns(space)).on_conflict_do_nothing().returning(spaces.c.person_id)
    return db.execute(fresh).first() is not None


def move(db: Connection, before: Space, after: Space) -> bool:
    """Replace `before` by `after`; False when somebody else moved it meanwhile: exactly one wins."""
    same = (spaces.c.person_id == before.person_id, spaces.c.state == before.state, spaces.c.version == before.version)
    values = _columns(after)
    del values["person_id"]
    return db.execute(update(spaces).where(*same).values(**values).returning(spaces.c.person_id)).first() is not None


def record(row: Mapping[str, Any] | RowMapping) -> Space:
    """A row of the table as a record."""
    values = {name: row[name] for name in _NAMES}
    values["state"] = State(values["state"])
    return Space(**values)


def _columns(space: Space) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(space, name) for name in _NAMES}
    values["state"] = str(space.state)
    return values
