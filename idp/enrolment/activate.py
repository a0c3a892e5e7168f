"""The last step of an activation: everything happens in one transaction, or nothing did."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from consent import space_moves, spaces_store
from idp.accounts import acts, register
from idp.accounts import store as accounts
from idp.accounts.records import Person
from idp.enrolment import store
from idp.enrolment.answers import Answers
from idp.enrolment.records import Enrolment
from idp.login import begin
from idp.login.begin import Started
from idp.login.journey import EMAIL
from idp.login.next import Onward
from idp.scene import Scene
from kit.problems import Refusal
from notices.send import Address

_MEANWHILE = frozenset(
    {"space_conflict", "space_already_notified", "space_already_activated", "space_already_objected"}
)


class Over(Exception):
    """The activation was over already, or another one won: undo everything."""


@dataclass(frozen=True, slots=True, repr=False)
class Chosen:
    """What the person chose, its password hashed."""

    answers: Answers
    password_hash: str


def activate(
    db: Connection, scene: Scene, enrolment: Enrolment, chosen: Chosen, asked: Onward, address: str, now: datetime
) -> Started:
    """Use the code, open the account, activate the space, keep the terms, write it down, tell the person.

    Then their first sign-in begins: the code it sends to the e-mail address shows that the address is right (R026).
    Raises Over, sqlalchemy.exc.IntegrityError when the identifier was taken meanwhile, Refusal for a closed space.
    """
    if not store.finish(db, enrolment.id, now) or not store.use_code(db, enrolment.code_id, now):
        raise Over
    person = _person(db, enrolment)
    _move(db, person.id, address, now)
    answers = chosen.answers
    terms = enrolment.terms_version or ""
    register.open_account(db, person.id, answers.identifier, chosen.password_hash, terms, now)
    accounts.reach(db, person, answers.email, answers.mobile, now)
    person = _person(db, enrolment)
    _tell(db, scene, person, now)
    return begin.begin(db, scene, person, asked, EMAIL, newcomer=True, now=now)


def come_back(db: Connection, scene: Scene, enrolment: Enrolment, terms: str, address: str, now: datetime) -> None:
    """Activate the space of a person who has an account already: nothing to choose again. Raises as `activate`."""
    if not store.finish(db, enrolment.id, now) or not store.use_code(db, enrolment.code_id, now):
        raise Over
    person = _person(db, enrolment)
    _move(db, person.id, address, now)
    accounts.accept_terms(db, person.id, terms, now)
    _tell(db, scene, person, now)


def _person(db: Connection, enrolment: Enrolment) -> Person:
    person = accounts.find(db, enrolment.person_id)
    if person is None:
        raise Over
    return person


def _move(db: Connection, person_id: str, address: str, now: datetime) -> None:
    know(db, person_id, now)
    with meanwhile():
        space_moves.activate(db, person_id, acts.by(person_id, acts.ACTIVATION, address), now)


def know(db: Connection, person_id: str, now: datetime) -> None:
    """Whoever holds a letter was notified of the coming space, whether that was written down or not."""
    if spaces_store.find(db, person_id) is None:
        space_moves.notify(db, person_id, now)


@contextmanager
def meanwhile() -> Iterator[None]:
    """What fails because somebody else did it meanwhile is over; other refusals stay what they are."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code in _MEANWHILE:
            raise Over from refusal
        raise


def _tell(db: Connection, scene: Scene, person: Person, now: datetime) -> None:
    scene.notices.tell(
        db,
        now,
        to=Address(email=person.email, mobile=person.mobile),
        template="activation_done",
        person_id=person.id,
        name=person.given_name,
    )
