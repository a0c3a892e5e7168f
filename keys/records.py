"""One signing key, as others see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from joserfc.jwk import Key


class State(StrEnum):
    """The life of a signing key: known to all before it signs, still verified after it stopped."""

    ANNOUNCED = "announced"
    SIGNING = "signing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the ring. `private` is absent once the key is retired."""

    kid: str
    algorithm: str
    state: State
    public: dict[str, Any]
    private: Key | None
    created_at: datetime
    promoted_at: datetime | None
    retired_at: datetime | None
    dies_at: datetime | None
