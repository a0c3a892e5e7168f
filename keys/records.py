"""One key pair of ours, as others see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from joserfc.jwk import Key

from kit import jwe
from kit.jose import Signer

Private = Key | Signer
"""A private half: in this process, or where it never leaves."""


class State(StrEnum):
    """The life of a key.

    One that signs is known to all before it does, and still verified after it stopped. One that others encrypt to is
    published from its first day to its last, and still opens what was encrypted to it after that.
    """

    ANNOUNCED = "announced"
    SIGNING = "signing"
    DECRYPTING = "decrypting"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key of the ring. `private` is absent once a key that signed is retired."""

    kid: str
    algorithm: str
    state: State
    public: dict[str, Any]
    private: Private | None
    created_at: datetime
    promoted_at: datetime | None
    retired_at: datetime | None
    dies_at: datetime | None

    @property
    def encrypts(self) -> bool:
        """True when others encrypt to it; the others sign."""
        return self.algorithm in jwe.ALGORITHMS

    @property
    def published(self) -> bool:
        """True when it is in our key set: nobody should encrypt to one that retired."""
        return not (self.encrypts and self.state is State.RETIRED)


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh key pair."""

    kid: str
    algorithm: str
    public: dict[str, Any]
    """As it is published (RFC 7517), with its `kid`, `alg` and `use`."""
    private: Private
    kept: Mapping[str, Any]
    """What finds the private half again; sealed before it is written."""
