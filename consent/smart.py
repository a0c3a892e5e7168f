"""SMART App Launch 2.2 scopes as sets: read, written and compared by meaning, never as text.

A scope is a bundle of atoms, one for each letter: (context, resource type, letter, constraint). A set of scopes is what
its atoms cover; two sets are equal when they cover the same atoms, however they are spelled.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from kit.problems import Refusal

LETTERS = "cruds"
CONTEXTS = ("patient", "user", "system")
MOST_CHARACTERS = 300

_SHAPE = re.compile(
    r"(?P<context>patient|user|system)/(?P<resource>\*|[A-Z][A-Za-z]{1,63})\.(?P<rest>[^?]+)(?P<query>\?.*)?"
)
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
_NAME = re.compile(r"[a-z][A-Za-z-]*")
_VALUE = re.compile(r"[A-Za-z0-9:/|._~+-]+")

_NEVER = "9999-12-31"

Constraint = tuple[tuple[str, str], ...]
"""Search parameters that must all hold, sorted; empty means every resource of the type."""


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """The smallest permission: one letter on one resource type, perhaps limited to some of its resources."""

    context: str
    resource: str
    letter: str
    constraint: Constraint = ()
    since: str = ""
    """Only what dates from this day or later: "2026-08-20"; no scope says it, authorization details do (RFC 9396)."""
    until: str = ""
    """Only what dates from this day or earlier."""

    def within(self, wider: "Atom") -> bool:
        """Whatever this atom allows, `wider` allows too."""
        return (
            self.context == wider.context
            and self.letter == wider.letter
            and wider.resource in {self.resource, "*"}
            and set(wider.constraint) <= set(self.constraint)
            and self.since >= wider.since
            and (not wider.until or "" < self.until <= wider.until)
        )

    def meet(self, other: "Atom") -> "Atom | None":
        """What both allow, or None. Two values of one parameter never meet: each stands for its own resources."""
        if self.context != other.context or self.letter != other.letter:
            return None
        if "*" not in {self.resource, other.resource} and self.resource != other.resource:
            return None
        both = set(self.constraint) | set(other.constraint)
        if len({name for name, _ in both}) != len(both):
            return None
        resource = other.resource if self.resource == "*" else self.resource
        since, until = max(self.since, other.since), min(self.until or _NEVER, other.until or _NEVER)
        if until < since:
            return None
        constraint = tuple(sorted(both))
        return Atom(self.context, resource, self.letter, constraint, since, "" if until == _NEVER else until)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One scope: a context, a resource type (or "*"), letters in the order of "cruds", a constraint."""

    context: str
    resource: str
    letters: str
    constraint: Constraint = ()

    def __str__(self) -> str:
        query = "?" + written(self.constraint) if self.constraint else ""
        return f"{self.context}/{self.resource}.{self.letters}{query}"

    @property
    def atoms(self) -> frozenset[Atom]:
        """One atom a letter."""
        return frozenset(Atom(self.context, self.resource, letter, self.constraint) for letter in self.letters)


def looks_smart(text: str) -> bool:
    """True when `text` is meant as a SMART scope, well written or not ("launch/patient" is a plain word)."""
    return text.partition("/")[0] in CONTEXTS and "/" in text


def former(text: str) -> bool:
    """True when `text` is a scope of version 1: "patient/Observation.read"."""
    return looks_smart(text) and text.rpartition(".")[2] in _VERSION_1


@lru_cache(maxsize=4096)
def parse(text: str) -> Scope:
    """Read one scope, of version 2 or 1 (".read" is "rs", ".write" is "cud", ".*" is "cruds").

    Raises Refusal("invalid_scope") that says what is wrong; letters out of order are refused, not mended (SMART
    leaves it to the server).
    """
    found = _SHAPE.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if not found:
        raise _refused(text, "write it as patient/Observation.rs?category=SYSTEM|CODE")
    rest, query = found["rest"], found["query"]
    if rest in _VERSION_1:
        if query is not None:
            raise _refused(text, "a constraint needs the letters c, r, u, d, s")
        return Scope(found["context"], found["resource"], _VERSION_1[rest])
    if set(rest) - set(LETTERS):
        raise _refused(text, "the letters are c, r, u, d, s")
    if rest != "".join(letter for letter in LETTERS if letter in rest):
        raise _refused(text, "the letters go once each, in the order c, r, u, d, s")
    return Scope(found["context"], found["resource"], rest, () if query is None else _constraint(text, query[1:]))


def verbs(letters: Iterable[str]) -> frozenset[str]:
    """Letters in the words of version 1."""
    some = set(letters)
    if some == set(LETTERS):
        return frozenset({"*"})
    return frozenset(verb for verb in ("read", "write") if some & set(_VERSION_1[verb]))


def constraint_of(text: str | None) -> Constraint:
    """Read the part after "?": "category=SYSTEM|CODE"; None and "" are no constraint. Raises "invalid_scope"."""
    return _constraint(text, text) if text else ()


def written(constraint: Constraint) -> str:
    """A constraint as in a query: "category=SYSTEM|CODE&code=…"."""
    return "&".join(f"{name}={value}" for name, value in constraint)


def maximal(atoms: Iterable[Atom]) -> frozenset[Atom]:
    """The atoms that no other one contains: the same permissions, each said once."""
    distinct = set(atoms)
    return frozenset(one for one in distinct if not any(one != other and one.within(other) for other in distinct))


def shortest(atoms: Iterable[Atom]) -> frozenset[Scope]:
    """The one shortest set of scopes that covers exactly these atoms."""
    letters: dict[tuple[str, str, Constraint], set[str]] = {}
    for atom in maximal(atoms):
        letters.setdefault((atom.context, atom.resource, atom.constraint), set()).add(atom.letter)
    return frozenset(
        Scope(context, resource, "".join(letter for letter in LETTERS if letter in found), constraint)
        for (context, resource, constraint), found in letters.items()
    )


def atoms_of(scopes: Iterable[Scope]) -> frozenset[Atom]:
    """Every atom of some scopes, each said once."""
    return maximal(atom for scope in scopes for atom in scope.atoms)


def covered(atom: Atom, by: Iterable[Atom]) -> bool:
    """True when one of `by` allows all that `atom` allows."""
    return any(atom.within(wider) for wider in by)


def meet(left: Iterable[Atom], right: Iterable[Atom]) -> frozenset[Atom]:
    """What both sides allow."""
    others = tuple(right)
    return maximal(both for one in left for other in others if (both := one.meet(other)) is not None)


def _constraint(text: str, query: str) -> Constraint:
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        value = unquote(value)  # "%7C" and "|" are one value
        if not _NAME.fullmatch(name):
            raise _refused(text, "a constraint is a plain search parameter, without modifier or chain")
        if not _VALUE.fullmatch(value):
            raise _refused(text, "a constraint takes one value: write one scope for each")
        pairs.append((name, value))
    if len({name for name, _ in pairs}) != len(pairs):
        raise _refused(text, "a constraint names a search parameter once")
    return tuple(sorted(pairs))


def _refused(text: str, why: str) -> Refusal:
    shown = "".join(letter for letter in text[:80] if letter.isascii() and letter.isprintable() and letter not in '"\\')
    return Refusal("invalid_scope", f"{shown}: {why}", status=400)
