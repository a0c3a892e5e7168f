"""What the reader app remembers: its links, and what it sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.glucolink.provider import Tokens
from sandbox.libreview.dates import Order


class LinkState(StrEnum):
    """How far one person of the app is linked to the provider."""

    PAIRING = "pairing"
    """Signed in; the consents are not given yet."""
    LINKED = "linked"
    ENDED = "ended"


class UploadState(StrEnum):
    """How far one file is."""

    WAITING = "waiting"
    READING = "reading"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"

    @property
    def running(self) -> bool:
        """Something is still to come."""
        return self in {UploadState.WAITING, UploadState.READING, UploadState.SENDING}


@dataclass(frozen=True, slots=True)
class Link:
    """One person of the app: here, one browser."""

    id: str
    state: LinkState
    tokens: Tokens | None
    token_version: int
    pairing_uri: str | None
    trouble: str | None
    made_at: datetime
    changed_at: datetime

    @property
    def active(self) -> bool:
        """Files may be sent."""
        return self.state is LinkState.LINKED and self.tokens is not None


@dataclass(frozen=True, slots=True)
class Upload:
    """One file, and what became of its readings."""

    id: str
    link_id: str
    name: str
    state: UploadState
    made_at: datetime
    order: Order | None = None
    """The order of dates that the person told, when the file does not show it."""
    total: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0
    unread: int = 0
    """Lines that could not be read."""
    aside: int = 0
    """Lines that are no glucose reading."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why readings were refused or lines not read, in words, and how often."""
    trouble: str | None = None
    ended_at: datetime | None = None

    @property
    def treated(self) -> int:
        """Readings whose fate is known."""
        return self.added + self.known + self.refused

    @property
    def percent(self) -> int:
        """How far, from 0 to 100."""
        if self.state is UploadState.DONE:
            return 100
        return min(99, self.treated * 100 // self.total) if self.total else 0
