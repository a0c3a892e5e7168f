"""Who acts with a token that was given to somebody else (RFC 8693 §4.1): the chain of its `act` claim."""

from collections.abc import Mapping
from typing import Any

MOST = 3
"""Hands that a token may go through."""


def chain(act: Any) -> tuple[str, ...]:
    """The clients that act, the present one first. What cannot be read is a client that nobody is: "".

    A chain that is too long ends so too.
    """
    found: list[str] = []
    while act is not None:
        name = act.get("sub") if isinstance(act, Mapping) else None
        if not isinstance(name, str) or not name or len(found) == MOST:
            return (*found, "")
        found.append(name)
        act = act.get("act")
    return tuple(found)
