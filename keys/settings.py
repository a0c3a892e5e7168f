"""Settings of the keys."""

from datetime import timedelta

import msgspec


class KeySettings(msgspec.Struct, frozen=True):
    """Which keys sign, and how they change."""

    algorithms: tuple[str, ...] = ("ES256", "RS256")
    """One signing key each; the first is the default."""
    rotate_every: timedelta = timedelta(days=90)
    """A key that has signed for this long gives way to a new one."""
    announce_for: timedelta = timedelta(days=2)
    """A new key is published for this long before it signs: longer than anyone caches our key set."""
    overlap: timedelta = timedelta(days=2)
    """A key that stopped signing stays published for this long: longer than anything it signed lives."""
    jwks_max_age: timedelta = timedelta(hours=1)
    """How long others may cache our key set."""
    refresh_every: timedelta = timedelta(seconds=5)
    """How old this process's knowledge of the keys may be."""
