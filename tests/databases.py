"""Fresh databases for tests: the schema is made once a session, each test gets a copy of its own."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from kit.database import Database
from service import migration

T = TypeVar("T")

POSTGRES = os.environ.get("ESPACE_TEST_POSTGRES", "")
"""Address of a PostgreSQL server where the tests may create databases, for instance `postgresql://postgres@127.0.0.1:5433/postgres`."""


class Sqlite:
    """A file, copied."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._blank = folder / "blank.db"
        self._filled = folder / "filled.db"

    def prepare(self) -> None:
        """Make the template."""
        engine = create_engine(f"sqlite:///{self._blank}")
        with engine.begin() as connection:
            migration.upgrade(connection)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()

    def fill(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Make a second template, the first one with what `work` writes into it."""
        shutil.copyfile(self._blank, self._filled)

        async def whole() -> T:
            database = Database.open(f"sqlite:///{self._filled}", synchronous="OFF")
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(whole())

    @asynccontextmanager
    async def copy(self, *, filled: bool = False) -> AsyncIterator[Database]:
        """A database with the whole schema and nothing in it, or what `fill` wrote."""
        file = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(self._filled if filled else self._blank, file)
        database = Database.open(f"sqlite:///{file}", synchronous="OFF")
        try:
            yield database
        finally:
            await database.close()
            for leftover in self._folder.glob(f"{file.name}*"):
                leftover.unlink()

    def close(self) -> None:
        """Forget the template."""
        for file in (self._blank, self._filled):
            file.unlink(missing_ok=True)


class Postgres:
    """A template database, copied by the server."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        self._server = make_url(server).set(drivername="postgresql")
        mark = uuid.uuid4().hex[:12]
        self._blank, self._filled = f"espace_blank_{mark}", f"espace_filled_{mark}"

    def prepare(self) -> None:
        """Make the template."""
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        await self._say(f'CREATE DATABASE "{self._blank}"')
        database = Database.open(self._url(self._blank))
        await database.work(migration.upgrade)
        await database.close()

    def fill(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Make a second template, the first one with what `work` writes into it."""

        async def whole() -> T:
            await self._say(f'CREATE DATABASE "{self._filled}" TEMPLATE "{self._blank}"')
            database = Database.open(self._url(self._filled))
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(whole())

    @asynccontextmanager
    async def copy(self, *, filled: bool = False) -> AsyncIterator[Database]:
        """A database with the whole schema and nothing in it, or what `fill` wrote."""
        name = f"espace_{uuid.uuid4().hex[:16]}"
        await self._say(f'CREATE DATABASE "{name}" TEMPLATE "{self._filled if filled else self._blank}"')
        database = Database.open(self._url(name))
        try:
            yield database
        finally:
            await database.close()
            await self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Forget the templates."""
        for name in (self._blank, self._filled):
            asyncio.run(self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    async def _say(self, statement: str) -> None:
        connection = await asyncpg.connect(_plain(self._server))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _plain(url: URL) -> str:
    return url.render_as_string(hide_password=False)
