"""A session: a browser whose person was proven, for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Because(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    STOPPED = "stopped"
    REPLACED = "replaced"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one person; its id is the `sid` of id tokens, the secret that opens it is only in the browser."""

    id: str
    person_id: str
    auth_time: datetime
    """When the person was last proven."""
    acr: str
    amr: tuple[str, ...]
    """How (RFC 8176)."""
    device: str
    """In words: «Firefox sur Windows»."""
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    """However busy, it ends then."""
    ended_at: datetime | None
    ended_because: Because | None


def on_phone(session: Session) -> bool:
    """True when the device says that it is held in the hand."""
    return session.device.endswith(("iPhone", "Android", "iPad"))


def alive(session: Session, idle: timedelta, now: datetime) -> bool:
    """True while the session opens pages: not ended, not too old, not left alone for `idle`."""
    return session.ended_at is None and now < session.expires_at and now < session.last_seen_at + idle


def proven_since(session: Session, since: datetime | None) -> bool:
    """True when the person was proven at `since` or later, or when no one asks (`max_age`, `prompt=login`)."""
    return since is None or session.auth_time >= since
