"""What is done to spaces: each verb moves the space once and writes its line in the journal."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from consent import decisions, entries, journal, spaces, spaces_store
from consent.actors import SYSTEM, Actor
from consent.grants import Because
from consent.scene import Scene
from consent.spaces import Space
from kit.problems import Refusal


def notify(db: Connection, person_id: str, now: datetime, by: Actor = SYSTEM) -> Space:
    """The person was told of the coming space (R003). Raises Refusal("space_already_notified")."""
    space = spaces.notify(person_id, now)
    if not spaces_store.insert(db, space):
        raise Refusal("space_already_notified", "the person was already notified", status=409)
    _write(db, space, by, now, "space.notified")
    return space


def create(db: Connection, person_id: str, now: datetime, by: Actor = SYSTEM) -> Space:
    """The delay is over without an answer (R001). Raises Refusal."""
    return _move(db, person_id, lambda space: spaces.create(space, now), by, now, "space.created")


def activate(db: Connection, person_id: str, by: Actor, now: datetime) -> Space:
    """The holder, or the child's parent, opens the space. Raises Refusal."""
    return _move(db, person_id, lambda space: spaces.activate(space, now), by, now, "space.activated")


def object_to(db: Connection, person_id: str, by: Actor, now: datetime, reason: str = "") -> Space:
    """The person, or the child's parent, wants no space. Raises Refusal."""
    return _move(db, person_id, lambda space: spaces.object_to(space, now, reason), by, now, "space.objected")


def close(db: Connection, scene: Scene, person_id: str, by: Actor, now: datetime, reason: str = "") -> Space:
    """The holder closes the space (R014): every link with an app ends with it. Raises Refusal."""
    closed = _move(db, person_id, lambda space: spaces.close(space, now, reason), by, now, "space.closed")
    decisions.end_all(db, scene, person_id, by, now, Because.SPACE_CLOSED)
    return closed


def reopen(db: Connection, person_id: str, by: Actor, now: datetime) -> Space:
    """The holder takes a closed space back; the links that ended stay ended. Raises Refusal."""
    return _move(db, person_id, lambda space: spaces.reopen(space, now), by, now, "space.reopened")


def _move(
    db: Connection, person_id: str, change: Callable[[Space], Space], by: Actor, now: datetime, action: str
) -> Space:
    before = spaces_store.find(db, person_id)
    if before is None:
        raise Refusal("space_unknown", "there is no space for this person", status=404)
    after = change(before)
    if not spaces_store.move(db, before, after):
        raise Refusal("space_conflict", "the space was changed meanwhile: read it again", status=409)
    _write(db, after, by, now, action)
    return after


def _write(db: Connection, space: Space, by: Actor, now: datetime, action: str) -> None:
    journal.record(db, entries.entry_of(space.person_id, by, now, action, object_kind="Space", count=1))
