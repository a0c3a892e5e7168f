"""What a search looks for, read and checked; nothing of HTTP in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dossier.fhir.dates import Span

Comparison = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]
Sort = Literal["date", "_lastUpdated"]

MOST = 1_000
"""Resources on one page, at most."""
USUAL = 50


@dataclass(frozen=True, slots=True)
class When:
    """A date parameter: the comparison and the span that was written (R4 §3.1.1.4.7)."""

    comparison: Comparison
    span: Span


@dataclass(frozen=True, slots=True)
class After:
    """The place where the page before ended."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Search:
    """Every field narrows; None and empty narrow nothing."""

    measures: frozenset[str] | None = None
    """Keys in the catalogue; an empty set finds nothing."""
    dates: tuple[When, ...] = ()
    updated: tuple[When, ...] = ()
    categories: tuple[frozenset[str], ...] = ()
    """Each set is of alternatives."""
    statuses: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    identifiers: frozenset[tuple[str | None, str | None]] | None = None
    """(system, value): None is any."""
    sort: Sort = "date"
    descending: bool = True
    after: After | None = None
    count: int = USUAL
