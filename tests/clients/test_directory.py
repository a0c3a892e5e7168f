"""Clients are remembered for a few seconds, read once for all who ask, and forgotten when they change."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from clients import store
from clients.directory import STALE_AFTER, Directory
from clients.records import AuthMethod, Client, Kind, Status
from kit.database import Database
from tests.house import StillClock


@pytest.fixture
async def directory(database: Database, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Directory:
    app = Client(
        client_id="app",
        name="An app",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=clock.now(),
        auth_method=AuthMethod.NONE,
        redirect_uris=("https://app.example.org/cb",),
    )
    await database.work(lambda db: store.add(db, app, clock.now()))
    made = Directory(database, clock)
    reads = made.reads = []  # type: ignore[attr-defined]
    read = database.read

    async def counted(unit: Callable[[Connection], Any]) -> Any:
        reads.append(1)
        await asyncio.sleep(0)
        return await read(unit)

    monkeypatch.setattr(database, "read", counted)
    return made


def reads(directory: Directory) -> int:
    return len(directory.reads)  # type: ignore[attr-defined]


async def test_fifty_requests_at_once_are_one_read(directory: Directory) -> None:
    found = await asyncio.gather(*(directory.get("app") for _ in range(50)))
    assert {one.client_id for one in found if one} == {"app"}
    assert reads(directory) == 1


async def test_a_client_is_read_again_after_five_seconds(directory: Directory, clock: StillClock) -> None:
    await directory.get("app")
    clock.advance(STALE_AFTER - timedelta(milliseconds=1))
    await directory.get("app")
    assert reads(directory) == 1
    clock.advance(timedelta(milliseconds=1))
    await directory.get("app")
    assert reads(directory) == 2


async def test_what_was_read_before_a_change_is_not_kept_after_it(
    directory: Directory, database: Database, clock: StillClock
) -> None:
    asked = asyncio.ensure_future(directory.get("app"))
    await asyncio.sleep(0)
    await database.work(lambda db: store.set_status(db, "app", Status.SUSPENDED, clock.now()))
    directory.forget("app")
    await asked
    now = await directory.get("app")
    assert now is not None
    assert now.status is Status.SUSPENDED


async def test_a_client_that_nobody_knows_is_not_remembered(directory: Directory) -> None:
    assert await directory.get("stranger") is None
    assert await directory.get("stranger") is None
    assert reads(directory) == 2
