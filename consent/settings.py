"""Settings of the consents."""

from datetime import timedelta
from typing import Literal

import msgspec


class ConsentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every value has a sound default."""

    pending_lifetime: str = "P30D"
    """A request of an app that the person never answered is ended after this period."""
    use_window_days: int = 30
    """The number of calls that the person is shown covers this many days."""
    change_level: Literal["eidas1", "eidas2", "eidas3"] = "eidas2"
    """What the proof of who changes their agreements must be worth (RFC 9470)."""
    change_within: timedelta = timedelta(hours=12)
    """It was given at most this long ago. Shorter than a session, portals are asked to have it given again."""
    days_kept: str = "P13M"
    """Counters older than this are removed; the journal keeps the calls themselves."""
    pairing_rate: str = "30 per minute"
    """How often one grant may ask for its pairing."""
    journal_page: int = 50
    """Lines of the journal in one answer, when none is asked."""
    journal_page_most: int = 200
    """Lines of the journal in one answer, at most."""
    grants_most: int = 200
    """Agreements listed at once, the newest first."""
