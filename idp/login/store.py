"""The SQL of sign-ins in progress and of their one-time codes."""

from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from idp.login.journey import Login, Sending
from idp.login.tables import logins, one_time_codes

_LOGIN = [logins.c[field.name] for field in fields(Login)]
_SENDING = [one_time_codes.c[field.name] for field in fields(Sending)]
_OPEN = (logins.c.done_at.is_(None), logins.c.ended_at.is_(None))
_LIVE = (one_time_codes.c.used_at.is_(None), one_time_codes.c.replaced_at.is_(None))
_COUNTED_FOR = timedelta(hours=24)


def begin(db: Connection, login: Login, digest: str) -> None:
    """Keep a new sign-in in progress, bound to the browser that holds the secret of `digest`."""
    values = {field.name: getattr(login, field.name) for field in fields(Login)}
    db.execute(insert(logins).values(**values, digest=digest))


def by_digest(db: Connection, digest: str) -> Login | None:
    """The sign-in of the browser that holds the secret of `digest`, over or not."""
    row = db.execute(select(*_LOGIN).where(logins.c.digest == digest)).mappings().first()
    return Login(**row) if row else None


def lock(db: Connection, login_id: str) -> None:
    """Nobody else sends or looks at a code for this sign-in until the transaction is over."""
    db.execute(select(logins.c.id).where(logins.c.id == login_id).with_for_update())


def count_try(db: Connection, login_id: str, most: int, now: datetime) -> int | None:
    """Count one code typed before looking at it; gives the tries made, None when there is none left."""
    within = (logins.c.id == login_id, *_OPEN, logins.c.tries < most, logins.c.expires_at > now)
    return db.execute(update(logins).where(*within).values(tries=logins.c.tries + 1).returning(logins.c.tries)).scalar()


def complete(db: Connection, login_id: str, now: datetime) -> bool:
    """The sign-in succeeded; False when it was over already: of many at the same time, one gets True."""
    return db.execute(update(logins).where(logins.c.id == login_id, *_OPEN).values(done_at=now)).rowcount == 1


def end(db: Connection, login_id: str, now: datetime) -> bool:
    """The sign-in failed for good; False when it was over already."""
    return db.execute(update(logins).where(logins.c.id == login_id, *_OPEN).values(ended_at=now)).rowcount == 1


def end_of_person(db: Connection, person_id: str, now: datetime) -> int:
    """Every sign-in of a person that is under way has failed; gives how many."""
    theirs = (logins.c.person_id == person_id, *_OPEN)
    return db.execute(update(logins).where(*theirs).values(ended_at=now)).rowcount


def keep_code(db: Connection, sending: Sending, person_id: str, mark: str) -> None:
    """Keep the mark of a new code, in place of the one sent before for the same sign-in."""
    former = (one_time_codes.c.login_id == sending.login_id, *_LIVE)
    db.execute(update(one_time_codes).where(*former).values(replaced_at=sending.sent_at))
    values = {field.name: getattr(sending, field.name) for field in fields(Sending)}
    db.execute(insert(one_time_codes).values(**values, person_id=person_id, mark=mark))


def last_sending(db: Connection, login_id: str) -> Sending | None:
    """The code that counts for a sign-in: the last one sent, unless it was used."""
    row = db.execute(select(*_SENDING).where(one_time_codes.c.login_id == login_id, *_LIVE)).mappings().first()
    return Sending(**row) if row else None


def take_code(db: Connection, sending: Sending, mark: str, now: datetime) -> bool:
    """Use a code up; False when it is not that one, or too old. Of many at the same time, one gets True."""
    this = (one_time_codes.c.id == sending.id, one_time_codes.c.mark == mark, *_LIVE)
    fresh = one_time_codes.c.expires_at > now
    return db.execute(update(one_time_codes).where(*this, fresh).values(used_at=now)).rowcount == 1


def wasted_since(db: Connection, person_id: str, since: datetime) -> int:
    """How many codes were sent to a person since then that were never used; one that is used clears those before it."""
    theirs = one_time_codes.c.person_id == person_id
    last = db.execute(select(func.max(one_time_codes.c.used_at)).where(theirs)).scalar()
    start = max(since, last) if last else since
    sent = (theirs, one_time_codes.c.sent_at > start, one_time_codes.c.used_at.is_(None))
    return int(db.execute(select(func.count()).select_from(one_time_codes).where(*sent)).scalar_one())


def purge(db: Connection, now: datetime, limit: int = 500) -> int:
    """Forget sign-ins whose time is over, and codes too old to be counted, at most `limit` of each."""
    over = select(logins.c.id).where(logins.c.expires_at <= now).limit(limit)
    gone = db.execute(delete(logins).where(logins.c.id.in_(over))).rowcount
    old = select(one_time_codes.c.id).where(one_time_codes.c.expires_at <= now - _COUNTED_FOR).limit(limit)
    return gone + db.execute(delete(one_time_codes).where(one_time_codes.c.id.in_(old))).rowcount
