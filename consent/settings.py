"""Settings of the consents."""

import msgspec


class ConsentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every value has a sound default."""

    pending_lifetime: str = "P30D"
    """A request of an app that the person never answered is ended after this period."""
    use_window_days: int = 30
    """The number of calls that the person is shown covers this many days."""
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
