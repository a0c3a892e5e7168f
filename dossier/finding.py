"""Searching measures in the database: page by page, at a cost that does not grow with a person's history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from dossier.access import Filters
from dossier.filters import category_is, condition
from dossier.records import Kept
from dossier.search import Search, When
from dossier.store import kept_of
from dossier.tables import observations as table
from kit.database import Instant

_LONGEST = timedelta(hours=26)
"""No measure lasts longer: the least precise date that the rules accept is a day, of 25 hours in autumn."""


def page(db: Connection, person_id: str, search: Search, filters: Filters = ()) -> list[Kept]:
    """The next `search.count` measures, and one more when there are more."""
    search = _settled(db, person_id, search)
    if search.sort == "date" and search.measures is not None and len(search.measures) > 1:
        # Each measure from its own index, then the nearest of them all: a rare one is found beside a frequent one
        # without reading the frequent one's whole history.
        each = [
            _paged(
                select(table.c.id, table.c.begins_at), person_id, replace(search, measures=frozenset({one})), filters
            )
            for one in sorted(search.measures)
        ]
        found = union_all(*(select(one.subquery().c.id) for one in each)).subquery()
        statement = _ordered(select(table).where(table.c.id.in_(select(found.c.id))), search)
    else:
        statement = _paged(select(table), person_id, search, filters)
    return [kept_of(row) for row in db.execute(statement)]


def count(db: Connection, person_id: str, search: Search, filters: Filters = (), at_most: int | None = None) -> int:
    """How many measures fit; counting stops at `at_most`, so that a long history costs no more than a short one."""
    search = _settled(db, person_id, search)
    if at_most is None:
        statement = _narrowed(select(func.count()).select_from(table), person_id, search, filters)
    else:
        some = _narrowed(select(table.c.id), person_id, search, filters).limit(at_most).subquery()
        statement = select(func.count()).select_from(some)
    return int(db.execute(statement).scalar_one())


def _settled(db: Connection, person_id: str, search: Search) -> Search:
    """Whole identifiers looked up first: asked together with an order, SQLite would walk the order instead."""
    if search.identifiers is None or any(value is None for _, value in search.identifiers):
        return search
    same = or_(*(_identified(system, value) for system, value in _sorted(search.identifiers)))
    found = frozenset(db.execute(select(table.c.id).where(table.c.person_id == person_id, same)).scalars())
    return replace(search, identifiers=None, ids=found if search.ids is None else found & search.ids)


def _paged(statement: Select[Any], person_id: str, search: Search, filters: Filters) -> Select[Any]:
    statement = _narrowed(statement, person_id, search, filters)
    if search.after is not None:
        place = tuple_(_column(search), table.c.id)
        end = tuple_(literal(search.after.at, Instant()), literal(search.after.id))
        statement = statement.where(place < end if search.descending else place > end)
    return _ordered(statement, search)


def _ordered(statement: Select[Any], search: Search) -> Select[Any]:
    column = _column(search)
    order = (column.desc(), table.c.id.desc()) if search.descending else (column.asc(), table.c.id.asc())
    return statement.order_by(*order).limit(search.count + 1)


def _column(search: Search) -> Column[Any]:
    return table.c.begins_at if search.sort == "date" else table.c.recorded_at


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
    # What ends after an instant began within a day of it or later: said too, because the index is by the beginning.
    match when.comparison:
        case "eq":
            return and_(begins >= start, ends <= end)
        case "ne":
            return or_(begins < start, ends > end)
        case "gt":
            return and_(ends > end, begins > end - _LONGEST)
        case "lt":
            return begins < start
        case "ge":
            return and_(ends > start, begins > start - _LONGEST)
        case "le":
            return begins < end
        case "sa":
            return begins >= end
        case "eb":
            return and_(ends <= start, begins < start)


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
