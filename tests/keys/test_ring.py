"""The ring costs next to nothing: it is asked by every request."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from keys import rotation
from keys.ring import KeyRing
from keys.settings import KeySettings
from kit.database import Database
from kit.seals import Vault
from tests.house import StillClock

SETTINGS = KeySettings(algorithms=("ES256",), encryption=())


@pytest.fixture
async def ring(database: Database, clock: StillClock, vault: Vault) -> KeyRing:
    made = KeyRing(database, clock, vault, SETTINGS)
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    await made.refresh()
    return made


async def test_after_a_lull_the_keys_are_read_once_however_many_ask(
    ring: KeyRing, database: Database, clock: StillClock
) -> None:
    statements: list[str] = []

    def note(*said: Any) -> None:
        statements.append(said[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    clock.advance(timedelta(minutes=1))
    await asyncio.gather(*(ring.keep_fresh() for _ in range(50)))
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert len([one for one in statements if "SELECT" in one]) == 1


async def test_a_private_key_is_opened_once(ring: KeyRing, clock: StillClock) -> None:
    before = ring.signing()
    await ring.refresh()
    assert ring.signing() is before


async def test_a_retired_key_is_not_kept_in_memory(
    ring: KeyRing, database: Database, clock: StillClock, vault: Vault
) -> None:
    first = ring.signing()
    await database.work(lambda db: rotation.announce(db, vault, SETTINGS, clock.now()))
    await database.work(lambda db: rotation.promote(db, SETTINGS, clock.now()))
    await ring.refresh()
    assert ring.signing() is not first
    assert [key.private for key in ring.all() if key.kid == first.kid] == [None]
