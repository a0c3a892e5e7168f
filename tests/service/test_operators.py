"""What operators do to deliveries, streams of signals and accounts, at their terminal."""

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Connection

from idp.accounts import register, store
from idp.accounts.hashing import hasher_of
from idp.accounts.records import Sex
from idp.signals import queue, streams
from idp.signals.streams import Method, Status, Stream
from kit import outbox
from service.house import House, compose
from service.settings import read
from tests.service.test_commands import installed, place, run

__all__ = ["installed", "place", "run"]

Run = Callable[..., Result]
OLD, NEW = "Une-Phrase-2026!", "Une-Autre-2027!"


def with_house(act: Callable[[House, Connection, datetime], Any]) -> Any:
    """Do something in the database of this machine."""

    async def whole() -> Any:
        house = compose(read())
        now = house.ground.clock.now()
        try:
            return await house.ground.database.work(lambda db: act(house, db, now))
        finally:
            await house.close()

    return asyncio.run(whole())


@pytest.fixture
def person(installed: Run) -> str:
    """Somebody with an account."""
    kept = asyncio.run(hasher_of(read().idp).hash(OLD))

    def add(house: House, db: Connection, now: datetime) -> str:
        newcomer = register.Newcomer(
            family_name="Michel",
            given_names="Inaya",
            birth_date=date(1990, 1, 1),
            sex=Sex("F"),
            nir="290017599900179",
            vitale_serial=None,
            email="inaya@example.org",
            mobile=None,
        )
        found = register.add_person(db, house.ground.vault, newcomer, now)
        register.open_account(db, found.id, "inaya.michel", kept, "2026-11", now)
        return found.id

    return str(with_house(add))


def status(person: str) -> str:
    return str(with_house(lambda house, db, now: store.status(db, person)))


def test_an_account_is_locked_and_opened_again(installed: Run, person: str) -> None:
    assert json.loads(installed("accounts", "lock", "inaya.michel", "--json").output)["account"] == "locked"
    assert status(person) == "locked"
    again = installed("accounts", "lock", person)
    assert again.exit_code == 1
    assert "already" in again.output
    assert installed("accounts", "unlock", person).exit_code == 0
    assert status(person) == "active"
    assert installed("accounts", "lock", "nobody").exit_code == 1


def test_a_password_is_changed_by_the_rule_and_never_shown(installed: Run, person: str) -> None:
    weak = installed("accounts", "password", person, given="court\ncourt\n")
    assert weak.exit_code == 1
    assert "8 caractères" in weak.output
    done = installed("accounts", "password", person, given=f"{NEW}\n{NEW}\n")
    assert done.exit_code == 0, done.output
    assert NEW not in done.output
    account = with_house(lambda house, db, now: store.account(db, person))
    assert asyncio.run(hasher_of(read().idp).verify(account.password_hash, NEW))
    assert not asyncio.run(hasher_of(read().idp).verify(account.password_hash, OLD))


def test_what_was_given_up_is_listed_without_what_it_holds_and_tried_again(installed: Run) -> None:
    def add(house: House, db: Connection, now: datetime) -> None:
        house.ground.outbox.put(db, "logout.backchannel", {"client": "bench", "person": "per_1"}, now, about="bench")
        house.ground.outbox.put(db, "notices.deliver", {"to": "someone@example.org"}, now)
        given_up = outbox.table.update().where(outbox.table.c.about == "bench")
        db.execute(given_up.values(dead_at=now, attempts=12, last_error="status 503"))

    with_house(add)
    [dead] = json.loads(installed("deliveries", "list", "--json").output)
    assert (dead["kind"], dead["about"], dead["last_error"]) == ("logout.backchannel", "bench", "status 503")
    assert "per_1" not in installed("deliveries", "list").output
    waiting = installed("deliveries", "list", "--waiting", "--json").output
    assert [one["kind"] for one in json.loads(waiting)] == ["notices.deliver"]
    assert "someone" not in waiting
    assert installed("deliveries", "retry").exit_code == 1
    assert installed("deliveries", "retry", "out_nothing").exit_code == 1
    assert json.loads(installed("deliveries", "retry", dead["id"], "--json").output) == {"tried_again": 1}
    assert json.loads(installed("deliveries", "list", "--json").output) == []
    assert json.loads(installed("deliveries", "retry", "--all", "--json").output) == {"tried_again": 0}


def test_streams_are_listed_and_held(installed: Run) -> None:
    def add(house: House, db: Connection, now: datetime) -> None:
        stream = Stream(
            id="stm_1",
            client_id="bench",
            description=None,
            requested=(),
            method=Method.PUSH,
            endpoint_url="https://bench.example.org/in",
            authorization=b"sealed",
            format="iss_sub",
            status=Status.ENABLED,
            reason=None,
            failures=3,
            created_at=now,
            changed_at=now,
        )
        assert streams.add(db, stream)
        queue.add(db, "stm_1", {"events": {}}, now, timedelta(days=1))

    with_house(add)
    [found] = json.loads(installed("signals", "list", "--json").output)
    assert (found["client_id"], found["delivery"], found["status"]) == ("bench", "push", "enabled")
    assert (found["waiting"], found["failures"]) == (1, 3)
    assert "sealed" not in installed("signals", "list").output
    held = installed("signals", "set", "stm_1", "paused", "--reason", "maintenance", "--json")
    assert json.loads(held.output)["status"] == "paused"
    [found] = json.loads(installed("signals", "list", "--json").output)
    assert (found["status"], found["reason"], found["waiting"]) == ("paused", "maintenance", 2)
    assert installed("signals", "set", "stm_2", "paused", "--reason", "x").exit_code == 1
