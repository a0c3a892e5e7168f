"""The health space of a person, and the moves it may make (R001 to R022, R036 to R041)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from kit.problems import Refusal


class State(StrEnum):
    """Where the space stands."""

    NOTIFIED = "notified"
    """The person was told that a space will be created; there is none yet (R003)."""
    CREATED = "created"
    """Professionals may feed it; its holder has not come yet."""
    ACTIVATED = "activated"
    OBJECTED = "objected"
    """The person does not want one: there is none (R012)."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Space:
    """A person's space, or the absence of one and why."""

    person_id: str
    state: State
    version: int
    notified_at: datetime | None
    created_at: datetime | None
    activated_at: datetime | None
    objected_at: datetime | None
    closed_at: datetime | None
    reason: str
    """Why the space is not created, or was closed, when somebody said so: objecting needs none (R002)."""
    changed_at: datetime


Who = Literal["professional", "patient"]
Act = Literal["feed", "consult"]

_RIGHTS: Mapping[State, frozenset[tuple[Who, Act]]] = {
    State.ACTIVATED: frozenset(
        {("professional", "feed"), ("professional", "consult"), ("patient", "feed"), ("patient", "consult")}
    ),
    State.CREATED: frozenset({("professional", "feed"), ("professional", "consult")}),
}


def permits(state: State, who: Who, act: Act) -> bool:
    """R036 to R041: what the state alone allows; where there is no space, or a closed one, nothing."""
    return (who, act) in _RIGHTS.get(state, frozenset())


def notify(person_id: str, now: datetime) -> Space:
    """R003: the person is told of the coming space."""
    return Space(person_id, State.NOTIFIED, 1, now, None, None, None, None, "", now)


def create(space: Space, now: datetime) -> Space:
    """R001: no answer came within the delay. Raises Refusal("space_not_notified")."""
    _only(space, "not_notified", "only the space of a notified person can be created", State.NOTIFIED)
    return _moved(space, State.CREATED, now, created_at=now)


def activate(space: Space, now: datetime) -> Space:
    """The holder comes in. A space not created yet is created at once (R011), an objection is forgotten (R013).

    Raises Refusal("space_already_activated" or "space_closed").
    """
    if space.state is State.ACTIVATED:
        raise _refused("already_activated", "the space is already activated")
    _only(space, "closed", "a closed space is reopened, not activated", State.NOTIFIED, State.CREATED, State.OBJECTED)
    return _moved(space, State.ACTIVATED, now, created_at=space.created_at or now, activated_at=now, objected_at=None)


def object_to(space: Space, now: datetime, reason: str = "") -> Space:
    """R002, R012: the person wants no space, and need not say why.

    Raises Refusal("space_already_activated": close it instead, "space_already_objected" or "space_closed").
    """
    if space.state is State.ACTIVATED:
        raise _refused("already_activated", "an activated space is closed, not objected to")
    if space.state is State.OBJECTED:
        raise _refused("already_objected", "the objection is already recorded")
    _only(space, "closed", "the space is closed", State.NOTIFIED, State.CREATED)
    return _moved(space, State.OBJECTED, now, objected_at=now, created_at=None, reason=reason)


def close(space: Space, now: datetime, reason: str = "") -> Space:
    """R014: the holder closes the space, at any time, even one created for them. Raises Refusal("space_not_open")."""
    _only(space, "not_open", "there is no open space to close", State.CREATED, State.ACTIVATED)
    return _moved(space, State.CLOSED, now, closed_at=now, reason=reason)


def reopen(space: Space, now: datetime) -> Space:
    """The holder takes a closed space back. Raises Refusal("space_not_closed")."""
    _only(space, "not_closed", "only a closed space can be reopened", State.CLOSED)
    return _moved(space, State.ACTIVATED, now, activated_at=now, closed_at=None)


def _moved(space: Space, state: State, now: datetime, *, reason: str = "", **dates: Any) -> Space:
    return replace(space, state=state, version=space.version + 1, reason=reason, changed_at=now, **dates)


def _only(space: Space, code: str, words: str, *states: State) -> None:
    if space.state not in states:
        raise _refused(code, words)


def _refused(code: str, words: str) -> Refusal:
    return Refusal(f"space_{code}", words, status=409)
