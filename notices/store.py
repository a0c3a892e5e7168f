"""The SQL of what was sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from notices.tables import sent


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice that a channel took from us."""

    id: str
    person_id: str | None
    channel: str
    template: str
    to_masked: str
    sent_at: datetime


def known(db: Connection, notice_id: str) -> bool:
    """True when this notice was already handed to its channel."""
    return db.execute(select(sent.c.id).where(sent.c.id == notice_id)).first() is not None


def add(db: Connection, one: Sent) -> None:
    """Write that a notice was sent; writing it twice changes nothing."""
    if not known(db, one.id):
        db.execute(
            insert(sent).values(
                id=one.id,
                person_id=one.person_id,
                channel=one.channel,
                template=one.template,
                to_masked=one.to_masked,
                sent_at=one.sent_at,
            )
        )


def of_person(db: Connection, person_id: str, limit: int = 50) -> list[Sent]:
    """What a person was sent, newest first."""
    query = select(sent).where(sent.c.person_id == person_id).order_by(sent.c.sent_at.desc(), sent.c.id.desc())
    return [Sent(*row) for row in db.execute(query.limit(limit))]


def purge(db: Connection, before: datetime, most: int = 5_000) -> int:
    """Forget at most `most` lines older than `before`; gives how many."""
    old = select(sent.c.id).where(sent.c.sent_at < before).limit(most)
    return db.execute(delete(sent).where(sent.c.id.in_(old))).rowcount
