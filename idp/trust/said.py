"""What others said of what a client brings, before anything is decided."""

from dataclasses import dataclass
from typing import Any

from joserfc.jwk import Key


@dataclass(frozen=True, slots=True)
class Outside:
    """Nothing, for most requests."""

    keys: tuple[Key, ...] = ()
    """Of who signed the assertion, or the actor token."""
    introspected: dict[str, Any] | None = None
    """What the professionals' issuer says of its token."""
    foreign: bool = False
    """The token that is brought is the professionals' issuer's."""
    away: bool = False
    """Who had to be asked did not answer."""
