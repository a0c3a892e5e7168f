"""What a person agreed with an app: opened, agreed, amended, paused, resumed, ended; every move is a new version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kit.ids import hidden
from kit.periods import Period
from kit.problems import Refusal

LONGEST = Period.parse("P12M")
"""R156 and the sound use elsewhere: an agreement is renewed at least every twelve months."""


class Status(StrEnum):
    """What was last decided."""

    PENDING = "pending"
    """Opened by the app's request; the person has agreed to nothing yet (R158)."""
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Because(StrEnum):
    """Why a grant ended."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    APP_UNPAIRED = "app_unpaired"
    SPACE_CLOSED = "space_closed"
    CLIENT_DELISTED = "client_delisted"
    REFUSED = "refused"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Grant:
    """One agreement between a person and an app. At most one that has not ended exists for the two of them."""

    id: str
    person_id: str
    client_id: str
    status: Status
    version: int
    scope: frozenset[str]
    """Everything asked at authorization: identity scopes, and the ceiling of the data."""
    consents: frozenset[str]
    """What is agreed: "measures:read"… Empty until the person agreed."""
    since: datetime | None
    until: datetime | None
    duration: str | None
    """The period chosen, ISO 8601."""
    purpose: str
    ended_because: Because | None
    created_at: datetime
    changed_at: datetime
    pairing_id: str | None = None
    return_uri: str | None = None
    app_state: str | None = None
    details: tuple[Mapping[str, Any], ...] | None = None
    """What limits it more closely than scopes and consents do (RFC 9396); None when nothing does."""
    declined: frozenset[str] = frozenset()
    """Scopes about who the person is that they were asked for and left out: they are not asked again and again."""


class Standing(StrEnum):
    """What a grant is worth at an instant: its status, read with the clock."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    """Its time is over, whether or not the sweep has written it down."""
    ENDED = "ended"


def standing(grant: Grant, now: datetime) -> Standing:
    """What the grant is worth at `now`: it expires at the instant `until`, to the millisecond."""
    if grant.status in {Status.ACTIVE, Status.PAUSED}:
        over = grant.until is not None and grant.until <= now
        return Standing.EXPIRED if over else Standing(grant.status)
    if grant.ended_because is Because.EXPIRED:
        return Standing.EXPIRED
    return Standing(grant.status)


def told(grant: Grant, now: datetime) -> Standing:
    """What its app is told: a link without any consent waits for them, also when it may say who the person is."""
    found = standing(grant, now)
    return Standing.PENDING if found is Standing.ACTIVE and not grant.consents else found


def opened(
    person_id: str,
    client_id: str,
    scope: frozenset[str],
    now: datetime,
    *,
    purpose: str = "",
    own: bool = False,
    details: tuple[Mapping[str, Any], ...] | None = None,
) -> Grant:
    """A new grant. `own` is for a portal of ours: it is active at once and has no consents and no end."""
    status = Status.ACTIVE if own else Status.PENDING
    return Grant(
        id=hidden("grt", now),
        person_id=person_id,
        client_id=client_id,
        status=status,
        version=1,
        scope=scope,
        consents=frozenset(),
        since=now if own else None,
        until=None,
        duration=None,
        purpose=purpose,
        ended_because=None,
        created_at=now,
        changed_at=now,
        details=details,
    )


def widen(grant: Grant, scope: frozenset[str], now: datetime) -> Grant:
    """The app asked for more: the ceiling rises, what is agreed stays as it is. Raises Refusal("grant_ended")."""
    _alive(grant, now)
    return _next(grant, now, scope=scope)


def decline(grant: Grant, declined: frozenset[str], now: datetime) -> Grant:
    """The person left these out, agreed to before or not. Raises Refusal("grant_ended")."""
    _alive(grant, now)
    return _next(grant, now, declined=declined, scope=grant.scope - declined)


def limit(grant: Grant, details: tuple[Mapping[str, Any], ...] | None, now: datetime) -> Grant:
    """The person accepted a request with other limits than before. Raises Refusal("grant_ended")."""
    _alive(grant, now)
    return _next(grant, now, details=details)


def reset(grant: Grant, scope: frozenset[str], details: tuple[Mapping[str, Any], ...] | None, now: datetime) -> Grant:
    """What the app asks takes the place of what it asked before, and no data is agreed. Raises Refusal."""
    _alive(grant, now)
    return _next(grant, now, scope=scope, details=details, consents=frozenset())


def agree(grant: Grant, consents: Collection[str], duration: str, now: datetime, possible: frozenset[str]) -> Grant:
    """The person says yes to `consents` for `duration`, from now. `possible` is what may be agreed at all.

    Raises Refusal: "consents_missing", "consent_not_allowed", "invalid_duration", "grant_ended".
    """
    _alive(grant, now)
    agreed = _checked(consents, possible)
    return _next(
        grant, now, status=Status.ACTIVE, consents=agreed, since=now, until=until(duration, now), duration=duration
    )


def amend(
    grant: Grant, consents: Collection[str], duration: str | None, now: datetime, possible: frozenset[str]
) -> Grant:
    """The person changes what is agreed, as a whole list, and its period when `duration` is given (counted from now).

    A paused grant stays paused. Raises the refusals of `agree`, and "grant_pending" when nothing is agreed yet.
    """
    _running(grant, now)
    agreed = _checked(consents, possible)
    if duration is None:
        return _next(grant, now, consents=agreed)
    return _next(grant, now, consents=agreed, until=until(duration, now), duration=duration)


def pause(grant: Grant, now: datetime) -> Grant:
    """No call passes until it is resumed; the end does not move. Raises "grant_paused" and those of `amend`."""
    _running(grant, now)
    if grant.status is Status.PAUSED:
        raise _refused("paused", "the grant is already paused")
    return _next(grant, now, status=Status.PAUSED)


def resume(grant: Grant, now: datetime) -> Grant:
    """What was agreed is allowed again. Raises "grant_active" and those of `amend`."""
    _running(grant, now)
    if grant.status is Status.ACTIVE:
        raise _refused("active", "the grant is not paused")
    return _next(grant, now, status=Status.ACTIVE)


def end(grant: Grant, because: Because, now: datetime) -> Grant:
    """No call passes any more, ever. Raises Refusal("grant_ended") when it had ended already."""
    if grant.status is Status.ENDED:
        raise _refused("ended", "the grant has ended")
    return _next(grant, now, status=Status.ENDED, ended_because=because)


def until(duration: str, now: datetime) -> datetime:
    """The end of a period that starts now. Raises Refusal("invalid_duration"): unreadable, empty, over 12 months."""
    try:
        ends = Period.parse(duration).after(now)
    except ValueError as error:
        raise Refusal("invalid_duration", "the duration is written P1D, P3M or P12M", status=400) from error
    if not now < ends <= LONGEST.after(now):
        raise Refusal("invalid_duration", "the duration is longer than nothing and at most 12 months", status=400)
    return ends


def _checked(consents: Collection[str], possible: frozenset[str]) -> frozenset[str]:
    agreed = frozenset(consents)
    if not agreed:
        raise Refusal("consents_missing", "name at least one consent; to agree to none, end the grant", status=400)
    if not agreed <= possible:
        raise Refusal("consent_not_allowed", "a consent is beyond what this app may have", status=400)
    return agreed


def _next(grant: Grant, now: datetime, **changes: object) -> Grant:
    return replace(grant, version=grant.version + 1, changed_at=now, **changes)  # type: ignore[arg-type]


def _alive(grant: Grant, now: datetime) -> None:
    match standing(grant, now):
        case Standing.ENDED:
            raise _refused("ended", "the grant has ended")
        case Standing.EXPIRED:
            raise _refused("expired", "the grant has expired")
        case _:
            pass


def _running(grant: Grant, now: datetime) -> None:
    _alive(grant, now)
    if grant.status is Status.PENDING:
        raise _refused("pending", "nothing was agreed yet")


def _refused(code: str, words: str) -> Refusal:
    return Refusal(f"grant_{code}", words, status=409)
