"""What SMART scopes allow on a resource, and within what (SMART App Launch 2.2).

Scope is the ceiling: `patient/Observation.rs?category=…|vital-signs` lets its holder read and search, and only that
category. The restriction goes into every query and is checked again on every resource.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from dossier.access import Ask, Filter, Filters

_SHAPE = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]+)\.([a-z*]+)(?:\?(.+))?")
_FORMER = {"read": "rs", "write": "cud", "*": "cruds"}
ENFORCED = frozenset({"category", "code"})
"""Parameters that we can hold a scope to. A scope with another one allows nothing: better too little than too much."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One resource scope, read."""

    context: str
    resource: str
    interactions: str
    filters: tuple[Filter, ...]


def read(text: str) -> Scope | None:
    """A resource scope (SMART 2, or SMART 1's read, write and *); None when it is another kind, or malformed."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    context, resource, interactions, query = found.groups()
    interactions = _FORMER.get(interactions, interactions)
    if not interactions or [*interactions] != [letter for letter in "cruds" if letter in interactions]:
        return None
    restricted = tuple(Filter(name, value) for name, value in parse_qsl(query or "", keep_blank_values=True))
    if query and not (restricted and all(one.value for one in restricted)):
        return None
    return Scope(context, resource, interactions, restricted)


def ceiling(scopes: Iterable[str], ask: Ask, context: str = "patient") -> Filters | None:
    """Within what these scopes allow it: None is not at all, an empty tuple is without restriction."""
    alternatives: list[tuple[Filter, ...]] = []
    for text in sorted(scopes):
        scope = read(text)
        if scope is None or scope.context != context or scope.resource not in (ask.resource, "*"):
            continue
        if ask.interaction not in scope.interactions:
            continue
        if not scope.filters:
            return ()
        if all(one.parameter in ENFORCED for one in scope.filters):
            alternatives.append(scope.filters)
    return tuple(alternatives) or None
