"""The link between a person and the name that an issuer we trust knows them by; the name itself is not kept."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from consent import entries, journal
from consent.actors import SYSTEM
from idp.trust.tables import linked_subjects
from kit.problems import Refusal
from kit.secrets import digest


def link(db: Connection, issuer: str, subject: str, person_id: str, now: datetime) -> None:
    """From now on that issuer may speak of this person. Raises Refusal(409) when the name is another's already."""
    known = person_of(db, issuer, subject)
    if known == person_id:
        return
    if known is not None:
        raise Refusal("subject_linked", "this subject is linked to another person", status=409)
    row = {"digest": _mark(issuer, subject), "person_id": person_id, "issuer": issuer, "linked_at": now}
    db.execute(insert(linked_subjects).values(**row))
    journal.record(db, entries.entry_of(person_id, SYSTEM, now, "account.linked", object_kind="Identity", count=1))


def unlink(db: Connection, issuer: str, subject: str, now: datetime) -> bool:
    """That issuer speaks of this person no more; False when it did not."""
    gone = delete(linked_subjects).where(linked_subjects.c.digest == _mark(issuer, subject))
    person_id = db.execute(gone.returning(linked_subjects.c.person_id)).scalar()
    if person_id is None:
        return False
    journal.record(db, entries.entry_of(person_id, SYSTEM, now, "account.unlinked", object_kind="Identity", count=1))
    return True


def person_of(db: Connection, issuer: str, subject: str) -> str | None:
    """Whom that issuer means."""
    wanted = select(linked_subjects.c.person_id).where(linked_subjects.c.digest == _mark(issuer, subject))
    return db.execute(wanted).scalar()


def _mark(issuer: str, subject: str) -> str:
    return digest(f"{issuer}\n{subject}")
