"""Does a measure lie within the restrictions of a scope? Asked of a record, and asked of the table."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, true

from dossier.access import Filter, Filters
from dossier.catalogue import CATALOGUE
from dossier.fhir.systems import CATEGORY
from dossier.records import Facts
from dossier.tables import observations as table
from kit.french import PARIS


def within(filters: Filters, facts: Facts) -> bool:
    """True when one alternative holds wholly. A restriction that is not understood never holds."""
    return not filters or any(all(_holds(one, facts) for one in together) for together in filters)


def condition(filters: Filters) -> ColumnElement[bool]:
    """The same, for a WHERE."""
    if not filters:
        return true()
    return or_(*(and_(*(_column(one) for one in together)) for together in filters))


def category_is(code: str) -> ColumnElement[bool]:
    """Rows of that category (of observation-category)."""
    return table.c.categories.contains(f"|{code}|", autoescape=True)


def token(value: str) -> tuple[str | None, str]:
    """The system and the code of a search token; the system is None when any will do (R4 §3.1.1.5.10)."""
    system, bar, code = value.partition("|")
    return (system, code) if bar else (None, value)


def _holds(one: Filter, facts: Facts) -> bool:
    system, code = token(one.value)
    if one.parameter == "category":
        return system in (None, CATEGORY) and code in facts.categories
    if one.parameter == "code":
        return facts.measure in CATALOGUE.keys_of(system, code)
    if one.parameter in _DAYS and (instant := _edge(one)):
        return facts.begins >= instant if one.parameter == "_since" else facts.begins < instant
    return False


def _column(one: Filter) -> ColumnElement[bool]:
    system, code = token(one.value)
    if one.parameter == "category" and system in (None, CATEGORY):
        return category_is(code)
    if one.parameter == "code":
        return table.c.measure.in_(sorted(CATALOGUE.keys_of(system, code)))
    if one.parameter in _DAYS and (instant := _edge(one)):
        return table.c.begins_at >= instant if one.parameter == "_since" else table.c.begins_at < instant
    return false()


_DAYS = frozenset({"_since", "_until"})


def _edge(one: Filter) -> datetime | None:
    """The instant from which, or before which, a measure must begin; None when the day cannot be read."""
    try:
        day = date.fromisoformat(one.value)
        day = day if one.parameter == "_since" else day + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), PARIS).astimezone(UTC)
