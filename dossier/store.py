"""Measures in the database: kept once, found by person and id."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from dossier.access import Filters
from dossier.filters import condition
from dossier.records import Facts, Kept, Source
from dossier.tables import observations as table

# Both dialects say ON CONFLICT alike; SQLAlchemy has one construct for each. Made once: they are on the hot path.
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert(table), "postgresql": postgresql.insert(table)}
_KEY = ("person_id", "identifier_value", "identifier_system", "source_client")
# An update that changes nothing hands back the row that is already there; two at once wait for each other here.
_KEEP_ONE = {
    name: insert.on_conflict_do_update(index_elements=_KEY, set_={"version": table.c.version}).returning(*table.c)
    for name, insert in _INSERT.items()
}
_KEEP_MANY = {name: insert.on_conflict_do_nothing(index_elements=_KEY) for name, insert in _INSERT.items()}


def keep(db: Connection, kept: Kept) -> tuple[Kept, bool]:
    """Keep one measure, or find the one that this client already sent with that identifier: one statement.

    The second part of the answer is True when it is new.
    """
    found = kept_of(db.execute(_KEEP_ONE[db.dialect.name], _columns(kept)).one())
    return found, found.id == kept.id


def keep_all(db: Connection, batch: Sequence[Kept]) -> list[tuple[Kept, bool]]:
    """Keep many of one person and one client. Same answers as `keep`, in the same order."""
    if not batch:
        return []
    # In the order of the identifiers, so that two bundles with the same ones cannot wait for each other in a ring.
    ordered = sorted(batch, key=lambda one: one.facts.identifier or ("", one.id))
    db.execute(_KEEP_MANY[db.dialect.name], [_columns(one) for one in ordered])
    known = _by_identifier(db, batch)
    answers = []
    for one in batch:
        found = known.get(one.facts.identifier, one) if one.facts.identifier else one
        answers.append((found, found.id == one.id))
    return answers


def find(db: Connection, person_id: str, id: str, filters: Filters = ()) -> Kept | None:  # noqa: A002 - FHIR's word
    """One measure of that person, within the restrictions."""
    row = db.execute(select(table).where(table.c.person_id == person_id, table.c.id == id, condition(filters))).first()
    return kept_of(row) if row else None


def _by_identifier(db: Connection, batch: Sequence[Kept]) -> dict[tuple[str, str] | None, Kept]:
    values = sorted({one.facts.identifier[1] for one in batch if one.facts.identifier})
    first = batch[0]
    found = db.execute(
        select(table).where(
            table.c.person_id == first.person_id,
            table.c.source_client == first.source.client_id,
            table.c.identifier_value.in_(values),
        )
    )
    return {kept.facts.identifier: kept for kept in map(kept_of, found)}


def _columns(kept: Kept) -> dict[str, Any]:
    facts, (system, value) = kept.facts, kept.facts.identifier or (None, None)
    return {
        "id": kept.id,
        "person_id": kept.person_id,
        "measure": facts.measure,
        "value": facts.value,
        "second_value": facts.second,
        "unit": facts.unit,
        "converted": int(facts.converted),
        "unusual": int(facts.unusual),
        "begins_at": facts.begins,
        "ends_at": facts.ends,
        "recorded_at": kept.recorded_at,
        "status": facts.status,
        "categories": f"|{'|'.join(facts.categories)}|",
        "source_kind": kept.source.kind,
        "source_client": kept.source.client_id,
        "source_name": kept.source.name,
        "grant_id": kept.grant_id,
        "device_id": kept.device_id,
        "identifier_system": system,
        "identifier_value": value,
        "version": kept.version,
        "body": kept.body,
    }


def kept_of(row: Row[Any]) -> Kept:
    """The record of a row with every column."""
    facts = Facts(
        measure=row.measure,
        value=row.value,
        second=row.second_value,
        unit=row.unit,
        converted=bool(row.converted),
        unusual=bool(row.unusual),
        begins=row.begins_at,
        ends=row.ends_at,
        categories=tuple(row.categories.strip("|").split("|")),
        status=row.status,
        identifier=(row.identifier_system, row.identifier_value) if row.identifier_value is not None else None,
    )
    return Kept(
        id=row.id,
        person_id=row.person_id,
        facts=facts,
        source=Source(row.source_kind, row.source_client, row.source_name),
        grant_id=row.grant_id,
        device_id=row.device_id,
        recorded_at=row.recorded_at,
        version=row.version,
        body=row.body,
    )
