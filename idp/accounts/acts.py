"""What a person does about their own access goes into their journal."""

from datetime import datetime

from sqlalchemy import Connection

from consent import actors, entries, journal
from consent.actors import Actor

ACTIVATION = "activation"
SIGN_IN = "sign_in"


def by(person_id: str, context: str, address: str) -> Actor:
    """The person themselves, from where they are."""
    return actors.holder(person_id, context=context, address=address)


def note(
    db: Connection,
    person_id: str,
    action: str,
    now: datetime,
    *,
    address: str = "",
    session_id: str = "",
    because: str = "",
) -> None:
    """One line about a person's sign-ins: "session.started", "session.refused", "session.ended"."""
    line = entries.entry_of(
        person_id,
        by(person_id, SIGN_IN, address),
        now,
        action,
        object_kind="Session",
        object_ids=(session_id,) if session_id else (),
        count=1 if session_id else 0,
        outcome="refused" if action.endswith(".refused") else "allowed",
        because=because,
    )
    journal.record(db, line)
