"""What is done from time to time is done, in bounded steps, and a failure of one thing stops nothing else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from consent import grants_store
from idp.tokens.tables import codes, interactions
from kit.database import Database
from service import worker
from service.worker import SWEEPS, Worker, purge
from tests.house import Home
from tests.party import Party


async def count(database: Database, table: Any) -> int:
    return int(await database.read(lambda db: db.execute(select(func.count()).select_from(table)).scalar_one()))


async def test_what_is_past_is_removed_and_what_lives_stays(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    assert await count(house.database, codes) > 0
    assert await count(house.database, interactions) > 0
    await purge(house.house)
    assert await count(house.database, codes) > 0
    house.clock.advance(timedelta(days=1))
    gone = await purge(house.house)
    assert gone["codes and tokens"] > 0
    assert await count(house.database, codes) == 0
    assert await count(house.database, interactions) == 0
    await browser.close()


async def test_many_rows_are_removed_a_few_at_a_time(house: Home) -> None:
    for _ in range(3):
        await house.sign_in("gabrielle", house.browser())
    house.clock.advance(timedelta(days=1))
    small = replace(house.house.settings, worker=replace(house.house.settings.worker, purge_batch=1))
    house.house.settings = small
    steps: list[tuple[str, int]] = []
    gone = await purge(house.house, lambda name, some: steps.append((name, some)))
    assert gone["codes and tokens"] >= 3
    assert len([some for name, some in steps if name == "codes and tokens"]) > 2
    assert await count(house.database, codes) == 0


async def test_an_agreement_whose_time_is_over_is_written_down_as_ended(house: Home) -> None:
    party = Party(house, "bench")
    grant_id = await agreed(party, house)
    house.clock.advance(timedelta(days=2))
    gone = await purge(house.house)
    assert gone["agreements that end"] == 1
    grant = await house.database.read(lambda db: grants_store.find(db, grant_id))
    assert grant is not None
    assert (grant.status, grant.ended_because) == ("ended", "expired")


async def agreed(party: Party, house: Home) -> str:
    """Gabrielle agreed to one day of reading her measures."""
    from consent import actors, decisions

    person = house.person("gabrielle")["person_id"]
    now = house.clock.now()

    def unit(db: Any) -> str:
        client = house.house.clients.peek(db, "bench")
        assert client is not None
        holder = actors.holder(person)
        grant = decisions.open_grant(db, house.house.consent, person, client, client.scope, now, holder)
        return decisions.agree(db, house.house.consent, grant, {"measures:read"}, "P1D", holder, now).id

    return await house.database.work(unit)


async def test_the_worker_delivers_what_was_written(house: Home) -> None:
    background = Worker(house.house)
    background.start()
    try:
        browser = house.browser()
        page = await browser.get("/espace/")
        person = house.person("gabrielle")
        await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
        for _ in range(200):
            if not await house.house.ground.outbox.waiting():
                break
            await asyncio.sleep(0.02)
        assert await house.house.ground.outbox.waiting() == 0
        assert await house.letters(person["mobile"])
    finally:
        await background.stop()


async def test_a_failure_is_tried_again_and_stops_nothing_else(house: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    async def failing() -> None:
        calls.append("failing")
        raise OSError("the database went away")

    async def fine() -> None:
        calls.append("fine")

    monkeypatch.setattr(worker, "_LONGEST_WAIT", 0.0)
    short = timedelta(milliseconds=1)
    tasks = [asyncio.ensure_future(worker._every(short, name, work)) for name, work in (("a", failing), ("b", fine))]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert calls.count("failing") > 1
    assert calls.count("fine") > 1


def test_every_table_of_short_lived_rows_has_its_sweep() -> None:
    """A row with an end is removed by somebody: by a sweep here, or by whoever writes the next one."""
    from idp.tokens import purge
    from service import schema

    elsewhere = {"portal_sessions", "portal_sign_ins", "keys_signing"}
    swept = {table.name for table in purge.TABLES} | {
        "idp_sessions", "idp_devices", "idp_logins", "idp_one_time_codes", "idp_enrolments", "idp_provisional_codes",
    }  # fmt: skip
    ending = {table.name for table in schema.whole().tables.values() if "expires_at" in table.c or "dies_at" in table.c}
    assert ending <= swept | elsewhere, ending - swept - elsewhere
    assert len(SWEEPS) >= 7


async def test_many_who_install_or_rotate_at_once_make_each_key_once(house: Home) -> None:
    from keys import store
    from keys.records import State
    from service.commands import keys as commands

    database, seal = house.database, house.ground.vault.seal(store.PURPOSE)
    await asyncio.gather(*(commands._rotate(house.house, False) for _ in range(4)))
    known = await database.read(lambda db: store.all_keys(db, seal))
    of = {state: sorted(key.algorithm for key in known if key.state is state) for state in State}
    assert of[State.ANNOUNCED] == of[State.SIGNING] == ["ES256", "EdDSA", "PS256", "RS256"]
    assert of[State.DECRYPTING] == of[State.RETIRED] == ["ECDH-ES", "RSA-OAEP-256"]


async def test_one_worker_at_a_time_looks_at_the_keys(house: Home) -> None:
    from service.alone import alone

    async with house.database.engine.connect() as other:
        held = await other.run_sync(lambda db: alone(db, "signing keys"))
        assert held
        answer = await house.database.read(lambda db: alone(db, "signing keys", wait=False))
        assert answer is (house.database.dialect == "sqlite")
    assert await house.database.read(lambda db: alone(db, "signing keys", wait=False))
