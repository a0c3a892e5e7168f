"""Who may decide for whom: the parent declared to the insurance fund, for each child (R033, R100, R104)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from consent import entries, journal, space_moves, spaces_store
from consent.actors import Actor
from consent.spaces import Space, State
from consent.tables import mandates
from kit.problems import Refusal

Decision = Literal["activate", "object"]

_DECIDED = {"activate": State.ACTIVATED, "object": State.OBJECTED}


@dataclass(frozen=True, slots=True)
class Mandate:
    """A parent's right to decide for a child, from and until when."""

    parent_id: str
    child_id: str
    name: str
    """The child's name as the parent is shown it, as the insurance fund gave it."""
    since: datetime
    until: datetime | None
    """The child's majority, when it is known."""

    def runs(self, now: datetime) -> bool:
        """True when the mandate holds at `now`."""
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Child:
    """A child and where their space stands; None when nobody was told of one yet."""

    mandate: Mandate
    space: Space | None

    @property
    def waiting(self) -> bool:
        """R033: "waiting for a decision"."""
        return self.space is not None and self.space.state in {State.NOTIFIED, State.CREATED}


def declare(db: Connection, mandate: Mandate) -> None:
    """Keep a mandate. Raises sqlalchemy.exc.IntegrityError when the two already have one."""
    columns = {"parent_id": mandate.parent_id, "child_id": mandate.child_id, "name": mandate.name}
    db.execute(insert(mandates).values(**columns, since=mandate.since, until=mandate.until))


def children(db: Connection, person_id: str, now: datetime) -> list[Child]:
    """The children for whom this person decides at `now`, by name."""
    rows = db.execute(select(mandates).where(mandates.c.parent_id == person_id)).mappings()
    running = [one for row in rows if (one := Mandate(**row)).runs(now)]
    known: Mapping[str, Space] = spaces_store.of_people(db, [one.child_id for one in running]) if running else {}
    return [Child(one, known.get(one.child_id)) for one in sorted(running, key=lambda one: (one.name, one.child_id))]


def decide(db: Connection, by: Actor, child_id: str, decision: Decision, now: datetime) -> Child:
    """R104: the parent activates the child's space or objects to it. The same decision again changes nothing.

    Both read it in their history. Raises Refusal: "child_unknown" (404) for anyone who is not this child's parent, and
    the refusals of `consent.spaces`.
    """
    row = (
        db.execute(select(mandates).where(mandates.c.parent_id == by.id, mandates.c.child_id == child_id))
        .mappings()
        .first()
    )
    mandate = Mandate(**row) if row else None
    space = spaces_store.find(db, child_id)
    if mandate is None or not mandate.runs(now) or space is None:
        raise Refusal("child_unknown", "there is no such child for whom you decide", status=404)
    if space.state is _DECIDED[decision]:
        return Child(mandate, space)
    move = space_moves.activate if decision == "activate" else space_moves.object_to
    moved = move(db, child_id, by, now)
    action = "child.activated" if decision == "activate" else "child.objected"
    about = {"object_kind": "Space", "object_ids": (child_id,), "object_name": mandate.name, "count": 1}
    line = entries.entry_of(by.id, by, now, action, for_person=child_id, **about)
    journal.record(db, line)
    return Child(mandate, moved)
