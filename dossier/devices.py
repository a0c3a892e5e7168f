"""What measured, in the database: kept once a person and an application."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from dossier.records import KeptDevice
from dossier.tables import devices as table

_KEY = ("person_id", "source_client", "identifier_system", "identifier_value")


def keep(db: Connection, device: KeptDevice) -> tuple[KeptDevice, bool]:
    """Keep it, or find the one with the same identifier; True when it is new. One statement."""
    system, value = device.identifier
    insert = sqlite.insert(table) if db.dialect.name == "sqlite" else postgresql.insert(table)
    statement = insert.values(
        id=device.id,
        person_id=device.person_id,
        source_client=device.client_id,
        identifier_system=system,
        identifier_value=value,
        recorded_at=device.recorded_at,
        body=device.body,
    )
    same = statement.on_conflict_do_update(index_elements=list(_KEY), set_={"source_client": table.c.source_client})
    found = _kept(db.execute(same.returning(*table.c)).one())
    return found, found.id == device.id


def find(db: Connection, person_id: str, ids: Iterable[str]) -> dict[str, KeptDevice]:
    """Those of that person, by id."""
    rows = db.execute(select(table).where(table.c.person_id == person_id, table.c.id.in_(sorted(set(ids)))))
    return {row.id: _kept(row) for row in rows}


def _kept(row: Row[Any]) -> KeptDevice:
    return KeptDevice(
        row.id,
        row.person_id,
        row.source_client,
        (row.identifier_system, row.identifier_value),
        row.recorded_at,
        row.body,
    )
