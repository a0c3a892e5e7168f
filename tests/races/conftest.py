"""Races are run against one house and against two on the same database, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from kit.database import Database
from tests.browser import Browser
from tests.conftest import SETTINGS
from tests.databases import Postgres, Sqlite
from tests.house import StillClock, opened
from tests.races.crowd import Crowd


@pytest.fixture(params=[1, 2], ids=["one-process", "two-processes"])
async def crowd(
    request: pytest.FixtureRequest,
    backend: Sqlite | Postgres,
    furnished: dict[str, Any],
    clock: StillClock,
    tmp_path: Path,
) -> AsyncIterator[Crowd]:
    """One house, or two that know of each other only by the database."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(backend.copy(filled=True))
        address = first.engine.url.render_as_string(hide_password=False)
        homes = []
        for number in range(request.param):
            database = Database.open(address, synchronous="OFF") if number else first
            folder = tmp_path / str(number)
            folder.mkdir()
            homes.append(await stack.enter_async_context(opened(SETTINGS, folder, clock, database, furnished)))
        yield Crowd(homes)


@pytest.fixture
async def browser(crowd: Crowd) -> Browser:
    """Gabrielle's, signed in."""
    return await crowd.first.sign_in("gabrielle")
