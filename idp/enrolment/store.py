"""The SQL of provisional codes and of activations in progress."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from idp.enrolment.records import Enrolment
from idp.enrolment.tables import enrolments, provisional_codes
from kit.ids import new


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A provisional code that was neither used nor replaced."""

    id: str
    person_id: str
    expires_at: datetime


_KEPT_AFTER_END = timedelta(days=1)
"""A code that has ended may still be used by an activation that began before (R032)."""

_FIELDS = [enrolments.c[field.name] for field in fields(Enrolment)]
_LIVE = (provisional_codes.c.used_at.is_(None), provisional_codes.c.ended_at.is_(None))


def keep_code(db: Connection, person_id: str, mark: str, now: datetime, expires_at: datetime) -> str:
    """Keep a new code of a person, in place of the one they had (R007)."""
    theirs = provisional_codes.c.person_id == person_id
    db.execute(update(provisional_codes).where(theirs, *_LIVE).values(ended_at=now))
    code_id = new("prc", now)
    db.execute(
        insert(provisional_codes).values(
            id=code_id, person_id=person_id, mark=mark, created_at=now, expires_at=expires_at
        )
    )
    return code_id


def code_by_mark(db: Connection, mark: str) -> LiveCode | None:
    """The live code of that mark."""
    columns = (provisional_codes.c.id, provisional_codes.c.person_id, provisional_codes.c.expires_at)
    row = db.execute(select(*columns).where(provisional_codes.c.mark == mark, *_LIVE)).first()
    return LiveCode(*row) if row else None


def use_code(db: Connection, code_id: str, now: datetime) -> bool:
    """Use a code up; False when it was used or replaced before. Of many at the same time, one gets True.

    Its end is not looked at here: it was when the activation began, and nobody is sent away half-way (R032).
    """
    done = db.execute(update(provisional_codes).where(provisional_codes.c.id == code_id, *_LIVE).values(used_at=now))
    return done.rowcount == 1


def begin(db: Connection, digest: str, person_id: str, code_id: str, now: datetime, expires_at: datetime) -> Enrolment:
    """Keep a new activation in progress, bound to the browser that holds the secret of `digest`."""
    enrolment = Enrolment(new("enr", now), person_id, code_id, None, now, expires_at, None)
    values = {field.name: getattr(enrolment, field.name) for field in fields(Enrolment)}
    db.execute(insert(enrolments).values(**values, digest=digest))
    return enrolment


def by_digest(db: Connection, digest: str) -> Enrolment | None:
    """The activation of the browser that holds the secret of `digest`, over or not."""
    row = db.execute(select(*_FIELDS).where(enrolments.c.digest == digest)).mappings().first()
    return Enrolment(**row) if row else None


def find(db: Connection, enrolment_id: str) -> Enrolment | None:
    """The activation of that identifier, over or not."""
    row = db.execute(select(*_FIELDS).where(enrolments.c.id == enrolment_id)).mappings().first()
    return Enrolment(**row) if row else None


def agree(db: Connection, enrolment_id: str, terms_version: str | None, expires_at: datetime) -> None:
    """Write down the terms accepted (none: the person changed their mind), and give time for the next page."""
    open_one = (enrolments.c.id == enrolment_id, enrolments.c.activated_at.is_(None))
    db.execute(update(enrolments).where(*open_one).values(terms_version=terms_version, expires_at=expires_at))


def finish(db: Connection, enrolment_id: str, now: datetime) -> bool:
    """End an activation by its success; False when it was over already."""
    open_one = (enrolments.c.id == enrolment_id, enrolments.c.activated_at.is_(None))
    return db.execute(update(enrolments).where(*open_one).values(activated_at=now)).rowcount == 1


def purge(db: Connection, now: datetime, limit: int = 500) -> int:
    """Forget activations whose time is over, and codes that have been over for long, at most `limit` of each."""
    over = select(enrolments.c.id).where(enrolments.c.expires_at <= now).limit(limit)
    gone = db.execute(delete(enrolments).where(enrolments.c.id.in_(over))).rowcount
    old = select(provisional_codes.c.id).where(provisional_codes.c.expires_at <= now - _KEPT_AFTER_END).limit(limit)
    return gone + db.execute(delete(provisional_codes).where(provisional_codes.c.id.in_(old))).rowcount
