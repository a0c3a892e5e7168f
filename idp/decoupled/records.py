"""A request made on one device and answered on another, and what the app that asks about it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.protocol.requests import AuthorizationRequest
from idp.tokens.records import Authentication

DEVICE = "device"
CIBA = "ciba"

SLOWER = 5
"""Seconds more between two questions, each time that one came too early (RFC 8628 §3.5)."""
SLOWEST = 60
"""Seconds between two questions, at most."""
_EARLY = timedelta(milliseconds=500)
"""How much earlier a question may come: the network is not always as slow as the time before."""


class Status(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    ALLOWED = "allowed"
    REFUSED = "refused"
    REPLACED = "replaced"
    """The same app asked the same person again: only the last request counts."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the person agreed to, and how they were proven then."""

    scope: frozenset[str]
    audience: tuple[str, ...]
    claims: Mapping[str, Any] | None
    details: Sequence[Mapping[str, Any]] | None
    authentication: Authentication
    """Its session is where the person answered: what is given lives on another device, and has no session."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One request that waits for a person, or was answered by them."""

    id: str
    kind: str
    client_id: str
    asked: AuthorizationRequest
    person_id: str | None
    address: str
    interval: int
    family_id: str
    created_at: datetime
    expires_at: datetime
    extra: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = None
    status: Status = Status.WAITING
    grant_id: str | None = None
    agreed: Agreed | None = None
    polled_at: datetime | None = None
    used_at: datetime | None = None

    def open(self, now: datetime) -> bool:
        """True while the person may still answer."""
        return self.status is Status.WAITING and now < self.expires_at


class Turn(StrEnum):
    """What an app that asks is told: the first three and the last are OAuth errors (RFC 8628 §3.5, CIBA §11)."""

    PENDING = "authorization_pending"
    SLOW = "slow_down"
    DENIED = "access_denied"
    READY = "ready"
    USED = "used"
    EXPIRED = "expired_token"


def turn(demand: Demand, now: datetime) -> Turn:
    """What the app is told now. Only one who is told to wait can be too early."""
    if demand.used_at is not None:
        return Turn.USED
    if demand.status is Status.REFUSED:
        return Turn.DENIED
    if demand.status is Status.REPLACED or demand.expires_at <= now:
        return Turn.EXPIRED
    if demand.status is Status.ALLOWED:
        return Turn.READY
    due = demand.polled_at + timedelta(seconds=demand.interval) - _EARLY if demand.polled_at else now
    return Turn.SLOW if now < due else Turn.PENDING


def slower(interval: int) -> int:
    """The interval after a question that came too early."""
    return min(interval + SLOWER, max(interval, SLOWEST))
