"""People as the house keeps them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.accounts import nir, register, store
from idp.accounts.records import Person, Sex, Status
from idp.accounts.register import Newcomer
from keys import people as keys
from kit.clock import FixedClock
from kit.database import Database
from kit.seals import Vault

INAYA = Newcomer(
    family_name="Michel",
    given_names="Inaya Rose",
    birth_date=date(1968, 4, 9),
    sex=Sex.FEMALE,
    nir="2 68 04 75 999 097 42",
    vitale_serial="12 345 67890",
    email="inaya.michel@Example.org",
    mobile="06 39 98 00 02",
)


@pytest.fixture
async def inaya(database: Database, vault: Vault, clock: FixedClock) -> Person:
    return await database.work(lambda db: register.add_person(db, vault, INAYA, clock.now()))


async def test_a_person_is_found_as_they_were_given(database: Database, inaya: Person) -> None:
    found = await database.read(lambda db: store.find(db, inaya.id))
    assert found == inaya
    assert found
    assert (found.name, found.given_name) == ("Inaya Michel", "Inaya")
    assert (found.email, found.mobile) == ("inaya.michel@example.org", "+33639980002")
    assert found.id.startswith("per_")


async def test_a_person_without_a_card_or_any_contact_is_a_person(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    child = Newcomer(
        family_name="Michel", given_names="Lola", birth_date=date(2012, 8, 14), sex=Sex.FEMALE, nir="212087599903106"
    )
    kept = await database.work(lambda db: register.add_person(db, vault, child, clock.now()))
    assert await database.read(lambda db: store.find(db, kept.id)) == kept
    assert kept.vitale_mark is None


@pytest.mark.parametrize(
    "wrong",
    [{"nir": "268047599909743"}, {"vitale_serial": "12"}, {"email": "inaya"}, {"mobile": "12"}, {"family_name": " "}],
)
async def test_a_wrong_value_is_not_kept(
    database: Database, vault: Vault, clock: FixedClock, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValueError):
        await database.work(lambda db: register.add_person(db, vault, replace(INAYA, **wrong), clock.now()))  # type: ignore[arg-type]
    assert await database.read(lambda db: db.exec_driver_sql("SELECT count(*) FROM idp_people").scalar()) == 0


async def test_a_number_is_one_persons(database: Database, vault: Vault, clock: FixedClock, inaya: Person) -> None:
    with pytest.raises(IntegrityError) as refused:
        await database.work(lambda db: register.add_person(db, vault, INAYA, clock.now()))
    assert "inaya.michel@" not in str(refused.value)  # an error that reaches a log tells nothing of a person
    assert "Michel" not in str(refused.value)


async def test_a_number_opens_with_the_persons_key_and_is_lost_with_it(
    database: Database, vault: Vault, inaya: Person
) -> None:
    def read(db: Connection) -> str | None:
        return store.nir_of(db, vault, inaya.id)

    assert await database.read(read) == nir.parse(INAYA.nir).whole
    await database.work(lambda db: keys.destroy(db, inaya.id))
    assert await database.read(read) is None


async def test_the_claims_of_a_person_say_what_is_verified(
    database: Database, clock: FixedClock, inaya: Person
) -> None:
    said = await database.read(lambda db: store.claims(db, inaya.id))
    assert said
    assert (said.given_name, said.family_name, said.birthdate, said.gender) == (
        "Inaya Rose",
        "Michel",
        "1968-04-09",
        "female",
    )
    assert (said.email_verified, said.phone_number_verified) == (False, False)
    later = clock.now() + timedelta(hours=1)
    await database.work(lambda db: store.reached(db, inaya.id, "inaya.michel@example.org", later))
    await database.work(lambda db: store.reached(db, inaya.id, "+33700000000", later))  # no longer theirs: nothing
    said = await database.read(lambda db: store.claims(db, inaya.id))
    assert said
    assert (said.email_verified, said.phone_number_verified) == (True, False)
    assert said.updated_at == int(later.timestamp())
    assert await database.read(lambda db: store.claims(db, "per_unknown")) is None


async def test_an_address_that_changes_is_to_be_verified_anew(
    database: Database, clock: FixedClock, inaya: Person
) -> None:
    now: datetime = clock.now()
    await database.work(lambda db: store.reached(db, inaya.id, "inaya.michel@example.org", now))
    await database.work(lambda db: store.reached(db, inaya.id, "+33639980002", now))
    kept = await database.read(lambda db: store.find(db, inaya.id))
    assert kept
    await database.work(lambda db: store.reach(db, kept, "new@example.org", kept.mobile, now))
    found = await database.read(lambda db: store.find(db, inaya.id))
    assert found
    assert (found.email, found.email_verified_at, found.mobile_verified_at) == ("new@example.org", None, now)


async def test_an_account_is_one_persons_and_an_identifier_one_accounts(
    database: Database, vault: Vault, clock: FixedClock, inaya: Person
) -> None:
    now = clock.now()
    await database.work(lambda db: register.open_account(db, inaya.id, " Inaya.Michel ", "hash", "2026-11", now))
    found = await database.read(lambda db: store.by_identifier(db, "inaya.MICHEL"))
    assert found
    assert (found.person_id, found.identifier, found.status) == (inaya.id, "Inaya.Michel", Status.ACTIVE)
    assert await database.read(lambda db: store.status(db, inaya.id)) is Status.ACTIVE
    assert await database.read(lambda db: store.status(db, "per_unknown")) is None
    with pytest.raises(IntegrityError):
        await database.work(lambda db: register.open_account(db, inaya.id, "another.one", "hash", "2026-11", now))
    with pytest.raises(IntegrityError):
        await database.work(lambda db: register.open_account(db, "per_x", "INAYA.michel", "hash", "2026-11", now))
