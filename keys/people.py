"""A data key for each person: what it sealed becomes unreadable when the key is destroyed."""

import os
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from keys.tables import people
from kit.seals import Seal, Vault

_PURPOSE = "people's data keys"


def seal_for(db: Connection, vault: Vault, person_id: str, now: datetime) -> Seal:
    """The seal of a person's data, its key made at first use."""
    key = _find(db, vault, person_id)
    if key is None:
        wrapped = vault.seal(_PURPOSE).close(os.urandom(32), person_id)
        kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
        fresh = kind(people).values(person_id=person_id, wrapped=wrapped, created_at=now)
        db.execute(fresh.on_conflict_do_nothing())  # another process may have been first: its key is the one
        key = _find(db, vault, person_id)
    if key is None:
        raise LookupError("the data key was destroyed meanwhile")
    return Seal(key)


def seal_of(db: Connection, vault: Vault, person_id: str) -> Seal | None:
    """The seal of a person's data, or None when they have no key (any more)."""
    key = _find(db, vault, person_id)
    return Seal(key) if key is not None else None


def destroy(db: Connection, person_id: str) -> bool:
    """Destroy a person's data key: all that it sealed is lost for good. False when there was none."""
    return db.execute(delete(people).where(people.c.person_id == person_id)).rowcount == 1


def _find(db: Connection, vault: Vault, person_id: str) -> bytes | None:
    wrapped = db.execute(select(people.c.wrapped).where(people.c.person_id == person_id)).scalar()
    return None if wrapped is None else vault.seal(_PURPOSE).open(wrapped, person_id)
