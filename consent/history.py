"""What changed between two versions of a grant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.grants import Status
from consent.grants_store import Version


@dataclass(frozen=True, slots=True)
class Difference:
    """One version, seen from the one before."""

    added: frozenset[str]
    """Consents given."""
    removed: frozenset[str]
    """Consents taken back."""
    status: tuple[Status, Status] | None
    """Before and after, when it moved."""
    until: tuple[datetime | None, datetime | None] | None
    asks_more: bool
    """The app raised its ceiling."""


def difference(before: Version | None, after: Version) -> Difference:
    """What `after` changed; the first version is compared with nothing."""
    if before is None:
        return Difference(after.consents, frozenset(), None, None, False)
    return Difference(
        added=after.consents - before.consents,
        removed=before.consents - after.consents,
        status=(before.status, after.status) if before.status != after.status else None,
        until=(before.until, after.until) if before.until != after.until else None,
        asks_more=before.scope != after.scope,
    )


def differences(versions: Sequence[Version]) -> list[tuple[Version, Difference]]:
    """Each version with what it changed, in the order given (the first one first)."""
    before: Sequence[Version | None] = [None, *versions]
    return [(after, difference(before[index], after)) for index, after in enumerate(versions)]
