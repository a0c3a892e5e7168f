"""The SQL of people and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from idp.accounts import identifiers
from idp.accounts.marks import Marks
from idp.accounts.nir import Nir
from idp.accounts.records import Account, Person, Profile, Sex, Status, profile_of
from idp.accounts.tables import accounts, people
from keys.people import seal_for, seal_of
from kit.seals import Vault

_NAMES = tuple(field.name for field in fields(Person))
_PERSON = [people.c[name] for name in _NAMES]
_ACCOUNT = [accounts.c[field.name] for field in fields(Account)]
_NIR = "idp_people.nir_sealed"
# Asked at each call of an app: made once.
_FIND = select(*_PERSON).where(people.c.id == bindparam("person"))
_STATUS = select(accounts.c.status).where(accounts.c.person_id == bindparam("person"))


def find(db: Connection, person_id: str) -> Person | None:
    """The person of that identifier."""
    row = db.execute(_FIND, {"person": person_id}).mappings().first()
    return _person(row) if row else None


def several(db: Connection, person_ids: Sequence[str]) -> list[Person]:
    """Those of the people asked for who exist, the eldest first."""
    query = select(*_PERSON).where(people.c.id.in_(person_ids)).order_by(people.c.birth_date, people.c.id)
    return [_person(row) for row in db.execute(query).mappings()]


def by_nir_mark(db: Connection, mark: str) -> Person | None:
    """The person whose number has that keyed digest."""
    row = db.execute(select(*_PERSON).where(people.c.nir_mark == mark)).mappings().first()
    return _person(row) if row else None


def nir_of(db: Connection, vault: Vault, person_id: str) -> str | None:
    """The 15 characters of a person's number; None when unknown, or when their data key was destroyed."""
    sealed = db.execute(select(people.c.nir_sealed).where(people.c.id == person_id)).scalar()
    seal = seal_of(db, vault, person_id)
    return seal.open(sealed, _NIR).decode() if sealed is not None and seal is not None else None


def add(db: Connection, vault: Vault, person: Person, nir: Nir) -> None:
    """Keep a new person. Raises sqlalchemy.exc.IntegrityError when their number is known already."""
    sealed = seal_for(db, vault, person.id, person.created_at).close(nir.whole.encode(), _NIR)
    values = {field.name: getattr(person, field.name) for field in fields(Person)}
    db.execute(insert(people).values(**values, nir_mark=Marks(vault).nir(nir), nir_sealed=sealed))


def account(db: Connection, person_id: str) -> Account | None:
    """The account of a person."""
    row = db.execute(select(*_ACCOUNT).where(accounts.c.person_id == person_id)).mappings().first()
    return _account(row) if row else None


def by_identifier(db: Connection, identifier: str) -> Account | None:
    """The account that this identifier opens, however its capitals are typed."""
    key = identifiers.key(identifier)
    row = db.execute(select(*_ACCOUNT).where(accounts.c.identifier_key == key)).mappings().first()
    return _account(row) if row else None


def open_account(db: Connection, account: Account) -> None:
    """Keep a new account. Raises sqlalchemy.exc.IntegrityError when the identifier is taken or the person has one."""
    values = {field.name: getattr(account, field.name) for field in fields(Account)}
    db.execute(insert(accounts).values(**values, identifier_key=identifiers.key(account.identifier)))


def accept_terms(db: Connection, person_id: str, terms_version: str, now: datetime) -> None:
    """The person accepted this version of the terms of use and privacy policy."""
    mine = accounts.c.person_id == person_id
    db.execute(update(accounts).where(mine).values(terms_version=terms_version, terms_accepted_at=now))


def rehash(db: Connection, before: Account, password_hash: str) -> bool:
    """Keep the same password under newer parameters, unless it was changed meanwhile."""
    same = (accounts.c.person_id == before.person_id, accounts.c.password_hash == before.password_hash)
    return db.execute(update(accounts).where(*same).values(password_hash=password_hash)).rowcount == 1


def status(db: Connection, person_id: str) -> Status | None:
    """Whether the person's account opens a session; None when they have no account."""
    said = db.execute(_STATUS, {"person": person_id}).scalar()
    return Status(said) if said is not None else None


def set_status(db: Connection, person_id: str, before: Status, after: Status) -> bool:
    """Lock an account, or open it again; False when it was not as `before` says: exactly one of several does it."""
    theirs = (accounts.c.person_id == person_id, accounts.c.status == str(before))
    return db.execute(update(accounts).where(*theirs).values(status=str(after))).rowcount == 1


def set_password(db: Connection, person_id: str, password_hash: str, now: datetime) -> bool:
    """Keep another password; False when the person has no account."""
    theirs = accounts.c.person_id == person_id
    return (
        db.execute(update(accounts).where(theirs).values(password_hash=password_hash, password_changed_at=now)).rowcount
        == 1
    )


def claims(db: Connection, person_id: str) -> Profile | None:
    """Standard claims about a person."""
    person = find(db, person_id)
    return profile_of(person) if person else None


def reach(db: Connection, person: Person, email: str, mobile: str | None, now: datetime) -> None:
    """Change where a person is reached; an address that changes is to be verified anew."""
    values: dict[str, object] = {"changed_at": now}
    if email != person.email:
        values |= {"email": email, "email_verified_at": None}
    if mobile != person.mobile:
        values |= {"mobile": mobile, "mobile_verified_at": None}
    db.execute(update(people).where(people.c.id == person.id).values(**values))


def reached(db: Connection, person_id: str, destination: str, now: datetime) -> None:
    """A code sent to `destination` came back: the person holds that address, if it is still theirs."""
    email = (people.c.email == destination, people.c.email_verified_at.is_(None))
    mobile = (people.c.mobile == destination, people.c.mobile_verified_at.is_(None))
    theirs = people.c.id == person_id
    if "@" in destination:
        db.execute(update(people).where(theirs, *email).values(email_verified_at=now, changed_at=now))
    else:
        db.execute(update(people).where(theirs, *mobile).values(mobile_verified_at=now, changed_at=now))


def person_of(row: Mapping[str, Any]) -> Person | None:
    """A person from a row that holds every column of theirs, and perhaps others; None when there is nobody in it."""
    if row["id"] is None:
        return None
    values = {name: row[name] for name in _NAMES}
    return Person(**{**values, "sex": Sex(values["sex"])})


def _person(row: RowMapping) -> Person:
    return Person(**{**row, "sex": Sex(row["sex"])})


def _account(row: RowMapping) -> Account:
    return Account(**{**row, "status": Status(row["status"])})
