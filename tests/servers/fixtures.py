"""A server for a test: `from tests.servers.fixtures import server, zygote` in the conftest.py of who needs one."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Postgres, Sqlite
from tests.servers.server import Server, Zygote

__all__ = ["server", "zygote"]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What servers are forked from."""
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
async def server(
    zygote: Zygote, backend: Sqlite | Postgres, furnished: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Server]:
    """A server that answers, with the demo's people and apps, on a database of its own."""
    async with backend.copy(filled=True) as database:
        url = database.engine.url.render_as_string(hide_password=False)
        made = Server(zygote, tmp_path, url, furnished)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()
