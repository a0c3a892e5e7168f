"""Search parameters (FHIR R4 §3.1.1): read into a `Search`, or refused. Nothing is guessed.

A parameter that we do not know is left out, and the answer says so (or refuses it, under `Prefer: handling=strict`); a
modifier that we do not know is refused, as §3.1.1.4.5 wants.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NoReturn
from urllib.parse import parse_qsl

from dossier.catalogue import CATALOGUE
from dossier.fhir.dates import span
from dossier.fhir.systems import CATEGORY
from dossier.filters import token
from dossier.search import MOST, USUAL, After, Comparison, Search, Sort, When
from kit.database import from_millis, to_millis
from kit.problems import Refusal

_COMPARISONS: dict[str, Comparison] = {
    "eq": "eq",
    "ne": "ne",
    "gt": "gt",
    "lt": "lt",
    "ge": "ge",
    "le": "le",
    "sa": "sa",
    "eb": "eb",
}
_DATE = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(.+)")
_PATIENT = {"patient", "subject", "patient.identifier", "subject.identifier", "subject:Patient"}
_SORTS: dict[str, Sort] = {"date": "date", "_lastUpdated": "_lastUpdated"}
_MOST_VALUES = 100
_COMMA = re.compile(r"(?<!\\),")
CURSOR = "_cursor"


@dataclass(frozen=True, slots=True)
class Query:
    """A search as it was asked."""

    search: Search
    patients: tuple[str, ...] = ()
    """The person, as the caller names them: must be the one of the permit."""
    only_count: bool = False
    total: Literal["none", "some", "accurate"] = "some"
    with_devices: bool = False
    used: tuple[tuple[str, str], ...] = ()
    """What was taken into account, for the `self` link."""
    ignored: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    measures: frozenset[str] | None = None
    dates: list[When] = field(default_factory=list)
    updated: list[When] = field(default_factory=list)
    categories: list[frozenset[str]] = field(default_factory=list)
    statuses: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    identifiers: frozenset[tuple[str | None, str | None]] | None = None
    sort: Sort = "date"
    descending: bool = True
    after: After | None = None
    count: int = USUAL
    patients: list[str] = field(default_factory=list)
    only_count: bool = False
    total: Literal["none", "some", "accurate"] = "some"
    with_devices: bool = False


def pairs(*texts: str) -> list[tuple[str, str]]:
    """The parameters of a query and of a form body, in their order. Raises Refusal when there are far too many."""
    try:
        return [pair for text in texts for pair in parse_qsl(text, keep_blank_values=True, max_num_fields=100)]
    except ValueError as error:
        raise Refusal("too_many_parameters", "at most 100 search parameters") from error


def query(given: Iterable[tuple[str, str]], *, strict: bool = False) -> Query:
    """Read the parameters. Raises Refusal(400)."""
    draft = _Draft()
    used: list[tuple[str, str]] = []
    ignored: list[str] = []
    for name, value in given:
        if not value:
            continue
        if any(ord(letter) < 32 for letter in name + value) or len(value) > 2_000:
            _refuse(name, "holds characters that are not allowed, or too many of them")
        if name in {"_format", "_pretty"}:
            continue
        if _take(draft, name, value):
            used.append((name, value))
        elif strict:
            _refuse(name, "is not a parameter of this search")
        else:
            ignored.append(name[:64])
    search = Search(
        measures=draft.measures,
        dates=tuple(draft.dates),
        updated=tuple(draft.updated),
        categories=tuple(draft.categories),
        statuses=draft.statuses,
        ids=draft.ids,
        identifiers=draft.identifiers,
        sort=draft.sort,
        descending=draft.descending,
        after=draft.after,
        count=draft.count,
    )
    return Query(
        search,
        tuple(draft.patients),
        draft.only_count,
        draft.total,
        draft.with_devices,
        tuple(used),
        tuple(dict.fromkeys(ignored)),
    )


def cursor(at: datetime, id: str) -> str:  # noqa: A002 - FHIR's word
    """The mark from which the next page goes on: a place in the person's own measures, nothing secret."""
    return base64.urlsafe_b64encode(f"{to_millis(at)}.{id}".encode()).rstrip(b"=").decode()


def _take(draft: _Draft, name: str, value: str) -> bool:
    """Take one parameter into account; False when it is unknown."""
    if name in _PATIENT:
        draft.patients.append(value)
        return True
    bare, colon, _ = name.partition(":")
    taken = _narrow(draft, bare, value) or _shape(draft, bare, value)
    if taken and colon:
        _refuse(name, "has a modifier that is not supported")
    return taken


def _narrow(draft: _Draft, name: str, value: str) -> bool:
    match name:
        case "code":
            found = frozenset().union(*(CATALOGUE.keys_of(*token(one)) for one in _values(name, value)))
            draft.measures = found if draft.measures is None else draft.measures & found
        case "date":
            draft.dates.append(_when(name, value))
        case "_lastUpdated":
            draft.updated.append(_when(name, value))
        case "category":
            parts = [token(one) for one in _values(name, value)]
            known = frozenset(code for system, code in parts if system in (None, CATEGORY) and code)
            # A category of another system is none of ours: no row has the empty one.
            draft.categories.append(known or frozenset({"none"}))
        case "status":
            said = frozenset(token(one)[1] for one in _values(name, value))
            draft.statuses = said if draft.statuses is None else draft.statuses & said
        case "_id":
            ids = frozenset(_values(name, value))
            draft.ids = ids if draft.ids is None else draft.ids & ids
        case "identifier":
            draft.identifiers = frozenset(_identifier(one) for one in _values(name, value))
        case _:
            return False
    return True


def _shape(draft: _Draft, name: str, value: str) -> bool:
    match name:
        case "_count":
            if not value.isascii() or not value.isdigit() or len(value) > 9:
                _refuse(name, "is not a number")
            draft.count = min(int(value), MOST)
            draft.only_count = draft.only_count or draft.count == 0
        case "_sort":
            descending = value.startswith("-")
            sort = _SORTS.get(value.removeprefix("-"))
            if sort is None:
                _refuse(name, "is date, -date, _lastUpdated or -_lastUpdated")
            draft.sort, draft.descending = sort, descending
        case "_summary":
            if value not in {"count", "false", "true", "text", "data"}:
                _refuse(name, "is not a summary")
            draft.only_count = draft.only_count or value == "count"
            return value in {"count", "false"}
        case "_total":
            if value not in {"none", "estimate", "accurate"}:
                _refuse(name, "is none, estimate or accurate")
            draft.total = "none" if value == "none" else "accurate" if value == "accurate" else "some"
        case "_include":
            if value not in {"Observation:device", "Observation.device", "Observation:device:Device"}:
                return False
            draft.with_devices = True
        case "_offset":
            # Left out, it would give the first page again and again.
            if value != "0":
                _refuse(name, "is not supported: follow the link named next")
            return False
        case "_cursor":
            draft.after = _after(value)
        case _:
            return False
    return True


def _values(name: str, value: str) -> list[str]:
    values = [part.replace("\\,", ",").replace("\\\\", "\\") for part in _COMMA.split(value) if part]
    if not values or len(values) > _MOST_VALUES:
        _refuse(name, f"takes 1 to {_MOST_VALUES} values")
    return values


def _identifier(value: str) -> tuple[str | None, str | None]:
    system, code = token(value)
    if system is None:
        return None, code
    if not system and not code:
        _refuse("identifier", "names nothing")
    return system or None, code or None


def _when(name: str, value: str) -> When:
    # A plus sign that was not escaped in the address comes as a space.
    found = _DATE.fullmatch(value.replace(" ", "+"))
    meant = span(found[2]) if found else None
    if found is None or meant is None:
        _refuse(name, "is not a date, with an optional prefix such as ge or le")
    return When(_COMPARISONS[found[1] or "eq"], meant)


def _after(value: str) -> After:
    try:
        millis, _, id_ = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii").partition(".")
        at = from_millis(int(millis))
    except (ValueError, OverflowError):
        _refuse(CURSOR, "is not one of ours")
    if not id_ or not id_.isprintable() or abs(at - datetime(2000, 1, 1, tzinfo=UTC)) > timedelta(days=200_000):
        _refuse(CURSOR, "is not one of ours")
    return After(at, id_)


def _refuse(name: str, why: str) -> NoReturn:
    raise Refusal("parameter_invalid", f"the parameter {name[:64]} {why}")
