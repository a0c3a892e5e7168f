"""Measures in the database: kept once, found by person, read page by page."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from dossier.access import Filters
from dossier.filters import category_is, condition
from dossier.records import Facts, Kept, Source
from dossier.search import Search, When
from dossier.tables import observations as table
from kit.database import Instant

_KEY = ("person_id", "source_client", "identifier_system", "identifier_value")


def keep(db: Connection, kept: Kept) -> tuple[Kept, bool]:
    """Keep one measure, or find the one that this client already sent with that identifier: one statement.

    The second part of the answer is True when it is new.
    """
    statement = _insert(db).values(_columns(kept))
    # An update that changes nothing hands back the row that is already there; two at once wait for each other here.
    statement = statement.on_conflict_do_update(index_elements=list(_KEY), set_={"version": table.c.version})
    found = _kept(db.execute(statement.returning(*table.c)).one())
    return found, found.id == kept.id


def keep_all(db: Connection, batch: Sequence[Kept]) -> list[tuple[Kept, bool]]:
    """Keep many of one person and one client. Same answers as `keep`, in the same order."""
    if not batch:
        return []
    # In the order of the identifiers, so that two bundles with the same ones cannot wait for each other in a ring.
    ordered = sorted(batch, key=lambda one: one.facts.identifier or ("", one.id))
    db.execute(_insert(db).on_conflict_do_nothing(index_elements=list(_KEY)), [_columns(one) for one in ordered])
    known = _by_identifier(db, batch)
    answers = []
    for one in batch:
        found = known.get(one.facts.identifier, one) if one.facts.identifier else one
        answers.append((found, found.id == one.id))
    return answers


def find(db: Connection, person_id: str, id: str, filters: Filters = ()) -> Kept | None:  # noqa: A002 - FHIR's word
    """One measure of that person, within the restrictions."""
    row = db.execute(select(table).where(table.c.person_id == person_id, table.c.id == id, condition(filters))).first()
    return _kept(row) if row else None


def page(db: Connection, person_id: str, search: Search, filters: Filters = ()) -> list[Kept]:
    """The next `search.count` measures, and one more when there are more."""
    column = table.c.begins_at if search.sort == "date" else table.c.recorded_at
    statement = _narrowed(select(table), person_id, search, filters)
    place = tuple_(column, table.c.id)
    if search.after is not None:
        end = tuple_(literal(search.after.at, Instant()), literal(search.after.id))
        statement = statement.where(place < end if search.descending else place > end)
    order = (column.desc(), table.c.id.desc()) if search.descending else (column.asc(), table.c.id.asc())
    return [_kept(row) for row in db.execute(statement.order_by(*order).limit(search.count + 1))]


def count(db: Connection, person_id: str, search: Search, filters: Filters = (), at_most: int | None = None) -> int:
    """How many measures fit; counting stops at `at_most`, so that a long history costs no more than a short one."""
    if at_most is None:
        statement = _narrowed(select(func.count()).select_from(table), person_id, search, filters)
    else:
        some = _narrowed(select(table.c.id), person_id, search, filters).limit(at_most).subquery()
        statement = select(func.count()).select_from(some)
    return int(db.execute(statement).scalar_one())


def _insert(db: Connection) -> Any:
    """Both dialects say ON CONFLICT alike; SQLAlchemy has one construct for each."""
    return sqlite.insert(table) if db.dialect.name == "sqlite" else postgresql.insert(table)


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
    return {kept.facts.identifier: kept for kept in map(_kept, found)}


def _narrowed(statement: Select[Any], person_id: str, search: Search, filters: Filters) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [table.c.person_id == person_id, condition(filters)]
    if search.measures is not None:
        wanted.append(table.c.measure.in_(sorted(search.measures)))
    if search.statuses is not None:
        wanted.append(table.c.status.in_(sorted(search.statuses)))
    if search.ids is not None:
        wanted.append(table.c.id.in_(sorted(search.ids)))
    wanted += [or_(*(category_is(code) for code in sorted(codes))) for codes in search.categories if codes]
    if search.identifiers is not None:
        wanted.append(or_(*(_identified(system, value) for system, value in _sorted(search.identifiers))))
    wanted += [_effective(when) for when in search.dates]
    wanted += [_updated(when) for when in search.updated]
    return statement.where(and_(*wanted))


def _sorted(pairs: Iterable[tuple[str | None, str | None]]) -> list[tuple[str | None, str | None]]:
    return sorted(pairs, key=lambda pair: (pair[0] or "", pair[1] or ""))


def _identified(system: str | None, value: str | None) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if system is not None:
        parts.append(table.c.identifier_system == system)
    if value is not None:
        parts.append(table.c.identifier_value == value)
    return and_(*parts)


def _effective(when: When) -> ColumnElement[bool]:
    """R4 §3.1.1.4.7 on spans: the measure's from `begins_at` to `ends_at`, the parameter's from `start` to `end`."""
    begins, ends, start, end = table.c.begins_at, table.c.ends_at, when.span.start, when.span.end
    match when.comparison:
        case "eq":
            return and_(begins >= start, ends <= end)
        case "ne":
            return or_(begins < start, ends > end)
        case "gt":
            return ends > end
        case "lt":
            return begins < start
        case "ge":
            return ends > start
        case "le":
            return begins < end
        case "sa":
            return begins >= end
        case "eb":
            return ends <= start


def _updated(when: When) -> ColumnElement[bool]:
    at, start, end = table.c.recorded_at, when.span.start, when.span.end
    match when.comparison:
        case "eq":
            return and_(at >= start, at < end)
        case "ne":
            return or_(at < start, at >= end)
        case "gt" | "sa":
            return at >= end
        case "lt" | "eb":
            return at < start
        case "ge":
            return at >= start
        case "le":
            return at < end


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


def _kept(row: Row[Any]) -> Kept:
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
