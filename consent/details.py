"""Sharing said more closely than a scope can: which data, dated from when, for which days (RFC 9396).

A detail only narrows: what it names is met with the scope and with what the person agrees to. A member that is left out
limits nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from consent import scopes
from consent.smart import Atom, maximal
from kit.french import PARIS

HEALTH_SHARING = "urn:espace:health-sharing:v1"
"""The one type of ours."""
TYPES = (HEALTH_SHARING,)

ACTIONS: Mapping[str, str] = {"create": "c", "read": "r", "update": "u", "search": "s"}
DATATYPES = tuple(sorted({atom.resource for atom in scopes.data_atoms(scopes.scopes_of(scopes.CONSENTS))}))
PURPOSES = ("PATRQT", "FAMRQT", "PWATRNY", "TREAT")
"""HL7 v3 ActReason: the patient's request, the family's, that of who holds a power of attorney, treatment."""

MOST_CODES = 10
MOST_WORD = 200
_DATED = frozenset({"Observation", "DocumentReference", "Appointment"})
_MEMBERS = frozenset(
    {"type", "locations", "actions", "datatypes", "codes", "purpose", "period", "data_period", "recurrence"}
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9:/._~+-]+\|[A-Za-z0-9._~+-]+", re.ASCII)


class BadDetail(ValueError):
    """A detail does not follow its type; the message says where."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """One detail of our type, read. Empty means no limit."""

    locations: frozenset[str] = frozenset()
    """Resource servers."""
    letters: frozenset[str] = frozenset()
    datatypes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    """SYSTEM|CODE of measures."""
    purpose: str = ""
    starts: str = ""
    ends: str = ""
    """First and last day on which it holds."""
    since: str = ""
    until: str = ""
    """First and last day that the data may date from."""

    def holds(self, day: str, location: str | None) -> bool:
        """On that day, at that resource server (None: wherever)."""
        here = location is None or not self.locations or location in self.locations
        return here and self.starts <= day and (not self.ends or day <= self.ends)

    def atoms(self) -> Iterable[Atom]:
        """What it covers at most."""
        for resource in self.datatypes or DATATYPES:
            since, until = (self.since, self.until) if resource in _DATED else ("", "")
            wanted: list[tuple[tuple[str, str], ...]] = [()]
            if self.codes and resource == "Observation":
                wanted = [(("code", code),) for code in self.codes]
            for letter in self.letters or ACTIONS.values():
                for constraint in wanted:
                    yield Atom("patient", resource, letter, constraint, since, until)

    def within(self, wider: "Sharing") -> bool:
        """Whatever this one covers, `wider` covers too."""
        parts = ("locations", "letters", "datatypes", "codes")
        less = all(_part(getattr(self, name), getattr(wider, name)) for name in parts)
        days = _days(self.starts, self.ends, wider.starts, wider.ends)
        dated = _days(self.since, self.until, wider.since, wider.until)
        return less and days and dated and wider.purpose in {"", self.purpose}


Sharings = tuple[Sharing, ...]


def read(detail: Mapping[str, Any]) -> Sharing:
    """One detail. Raises BadDetail: a member that the type does not have is refused too (RFC 9396 §5)."""
    strange = sorted(map(str, detail.keys() - _MEMBERS))
    if strange:
        raise BadDetail(f"unknown member {strange[0][:40]!a}")
    if detail.get("type") != HEALTH_SHARING:
        raise BadDetail("unknown type")
    if detail.get("recurrence", "continuous") != "continuous":
        raise BadDetail("recurrence is continuous")
    actions = _words(detail, "actions", frozenset(ACTIONS))
    datatypes = _words(detail, "datatypes", frozenset(DATATYPES))
    codes = _words(detail, "codes", None)
    if codes and "Observation" not in datatypes:
        raise BadDetail("codes need Observation among datatypes")
    if any(not _CODE.fullmatch(code) for code in codes):
        raise BadDetail("a code is written SYSTEM|CODE")
    purpose = detail.get("purpose", "")
    if not isinstance(purpose, str) or ("purpose" in detail and purpose not in PURPOSES):
        raise BadDetail(f"purpose is one of {' '.join(PURPOSES)}")
    starts, ends = _period(detail, "period")
    since, until = _period(detail, "data_period")
    return Sharing(
        locations=frozenset(one.rstrip("/") for one in _words(detail, "locations", None)),
        letters=frozenset(ACTIONS[action] for action in actions),
        datatypes=datatypes,
        codes=codes,
        purpose=purpose,
        starts=starts,
        ends=ends,
        since=since,
        until=until,
    )


def read_all(details: Iterable[Mapping[str, Any]] | None) -> Sharings | None:
    """Details kept or carried by a token of ours. One that cannot be read any more covers nothing."""
    if details is None:
        return None
    found = []
    for detail in details:
        try:
            found.append(read(detail))
        except (BadDetail, AttributeError):
            continue
    return tuple(found)


def ceiling(sharings: Sharings, now: datetime | None = None, location: str | None = None) -> frozenset[Atom]:
    """The most that they cover, at that instant and place; without an instant, ever."""
    day = now.astimezone(PARIS).date().isoformat() if now else None
    return _atoms(tuple(one for one in sharings if day is None or one.holds(day, location)))


@lru_cache(maxsize=1024)
def _atoms(sharings: Sharings) -> frozenset[Atom]:
    return maximal(atom for one in sharings for atom in one.atoms())


def of_consents(consents: Iterable[str]) -> list[dict[str, Any]]:
    """Details that cover what some consents do, each whole: what an agreement without limits was, said as limits."""
    letters = {letter: action for action, letter in ACTIONS.items()}
    found = []
    for name in sorted(consents):
        atoms = scopes.data_atoms(scopes.scopes_of({name}))
        actions = sorted({letters[atom.letter] for atom in atoms})
        found.append(
            {"type": HEALTH_SHARING, "actions": actions, "datatypes": sorted({atom.resource for atom in atoms})}
        )
    return found


def merged(
    before: Iterable[Mapping[str, Any]] | None,
    agreed: frozenset[str],
    more: Iterable[Mapping[str, Any]] | None,
    added: frozenset[str],
) -> tuple[Mapping[str, Any], ...] | None:
    """The limits of an agreement about the consents `agreed`, with those of a further one about `added`.

    None is no limit. Where one side has limits and the other none, the other is said as limits that hold it whole.
    """
    if before is None and more is None:
        return None
    sides = [list(one) if one is not None else of_consents(whole) for one, whole in ((before, agreed), (more, added))]
    kept: list[Mapping[str, Any]] = []
    for detail in [*sides[0], *sides[1]]:
        if not all_within((read(detail),), tuple(read(one) for one in kept)):
            kept = [one for one in kept if not read(one).within(read(detail))] + [detail]
    return tuple(kept)


def all_within(narrow: Sharings, wide: Sharings) -> bool:
    """Each of `narrow` lies within one of `wide`."""
    return all(any(one.within(other) for other in wide) for one in narrow)


def _part(narrow: frozenset[str], wide: frozenset[str]) -> bool:
    return not wide or (bool(narrow) and narrow <= wide)


def _days(first: str, last: str, wider_first: str, wider_last: str) -> bool:
    return first >= wider_first and (not wider_last or "" < last <= wider_last)


def _words(detail: Mapping[str, Any], name: str, known: frozenset[str] | None) -> frozenset[str]:
    """An array of distinct words; absent is empty, empty is a mistake."""
    if name not in detail:
        return frozenset()
    said = detail[name]
    most = MOST_CODES if known is None else len(known)
    if not isinstance(said, list | tuple) or not 1 <= len(said) <= most:
        raise BadDetail(f"{name} is an array of 1 to {most} words")
    if any(not isinstance(one, str) or not 1 <= len(one) <= MOST_WORD for one in said):
        raise BadDetail(f"{name} holds words of at most {MOST_WORD} characters")
    if known is not None and (strange := [one for one in said if one not in known]):
        raise BadDetail(f"{name}: {strange[0][:40]!a} is not one of {' '.join(sorted(known))}")
    return frozenset(said)


def _period(detail: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The first and the last day."""
    if name not in detail:
        return "", ""
    said = detail[name]
    if not isinstance(said, Mapping) or not said or said.keys() - {"start", "end"}:
        raise BadDetail(f"{name} has a start, an end or both")
    for day in said.values():
        try:
            if not isinstance(day, str) or not _DAY.fullmatch(day):
                raise ValueError
            date.fromisoformat(day)
        except ValueError:
            raise BadDetail(f"{name}: days are written 2026-11-20") from None
    start, end = said.get("start", ""), said.get("end", "")
    if start and end and end < start:
        raise BadDetail(f"{name} ends before it starts")
    return start, end
