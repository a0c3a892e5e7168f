"""People enter the house: from the insurance's file, the command line or the demonstration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from idp.accounts import contacts, further, identifiers, nir, store, vitale
from idp.accounts.marks import Marks
from idp.accounts.records import Account, Person, Sex, Status
from idp.enrolment import codes
from idp.enrolment import store as enrolments
from kit.ids import new
from kit.periods import Period
from kit.seals import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What the insurance says of a person (R026): their contacts come from there, to be checked at activation."""

    family_name: str
    given_names: str
    birth_date: date
    sex: Sex
    nir: str
    """With its key, spaces allowed."""
    vitale_serial: str | None = None
    email: str | None = None
    mobile: str | None = None
    further: Mapping[str, Any] | None = None
    """The rest of the standard claims, where somebody knows them."""


def add_person(db: Connection, vault: Vault, newcomer: Newcomer, now: datetime) -> Person:
    """Keep a new person. Raises ValueError for a wrong value, sqlalchemy.exc.IntegrityError when known already."""
    number = nir.parse(newcomer.nir)
    if not newcomer.given_names.strip() or not newcomer.family_name.strip():
        raise ValueError("a person has a family name and a given name")
    person_id = new("per", now)
    serial = vitale.parse(newcomer.vitale_serial) if newcomer.vitale_serial else None
    person = Person(
        id=person_id,
        family_name=newcomer.family_name.strip(),
        given_names=newcomer.given_names.strip(),
        birth_date=newcomer.birth_date,
        sex=newcomer.sex,
        vitale_mark=Marks(vault).vitale(person_id, serial) if serial else None,
        email=contacts.email(newcomer.email) if newcomer.email else None,
        email_verified_at=None,
        mobile=contacts.mobile(newcomer.mobile) if newcomer.mobile else None,
        mobile_verified_at=None,
        created_at=now,
        changed_at=now,
        further=further.read(newcomer.further) if newcomer.further else None,
    )
    store.add(db, vault, person, number)
    return person


def issue_code(db: Connection, vault: Vault, person_id: str, validity: Period, now: datetime) -> str:
    """A new provisional code of a person, in place of the former one (R006, R007). Only its mark is kept."""
    code = codes.generate()
    enrolments.keep_code(db, person_id, Marks(vault).provisional(code), now, validity.after(now))
    return code


def open_account(
    db: Connection, person_id: str, identifier: str, password_hash: str, terms_version: str, now: datetime
) -> Account:
    """Keep the account of a person. The password was hashed before (`accounts.hashing`).

    Raises sqlalchemy.exc.IntegrityError when the identifier is taken or the person has an account.
    """
    account = Account(
        person_id=person_id,
        identifier=identifiers.canonical(identifier),
        password_hash=password_hash,
        status=Status.ACTIVE,
        terms_version=terms_version,
        terms_accepted_at=now,
        created_at=now,
        password_changed_at=now,
    )
    store.open_account(db, account)
    return account
