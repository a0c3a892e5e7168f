"""What needs a stronger or fresher proof of the person than having a token: data, one line a kind of act (RFC 9470)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.settings import ConsentSettings

LEVELS = ("eidas1", "eidas2", "eidas3")
"""What a proof can be worth, the least first."""


@dataclass(frozen=True, slots=True)
class Need:
    """A proof worth at least `acr`, given at most `max_age` ago."""

    acr: str
    max_age: timedelta

    def met(self, acr: str | None, auth_time: int | None, now: datetime) -> bool:
        """By the proof that a token tells of."""
        if acr not in LEVELS or LEVELS.index(acr) < LEVELS.index(self.acr) or auth_time is None:
            return False
        return now.timestamp() - auth_time <= self.max_age.total_seconds()


Needs = Mapping[tuple[str, str], Need]
"""By data type and direction, as in `consent.question.Wish`; what is not there needs nothing more."""


def needs(settings: ConsentSettings) -> Needs:
    """The holder's own decisions about their agreements and their children's spaces."""
    return {("consents", "write"): Need(settings.change_level, settings.change_within)}
