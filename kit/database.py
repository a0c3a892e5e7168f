"""The database: units of work, and the only crossing from async to sync."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.columns import Instant as Instant
from kit.columns import Json as Json
from kit.columns import Sealed as Sealed
from kit.columns import from_millis as from_millis
from kit.columns import to_millis as to_millis
from kit.lane import Lane

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the house, each declared by the package that owns it."""


class Database:
    """One database, SQLite or PostgreSQL, reached by units of work."""

    def __init__(self, engine: AsyncEngine, lane: Lane | None = None) -> None:
        self.engine = engine
        self.lane = lane
        """The short way to PostgreSQL; None on SQLite, where everything is a unit of work."""
        self.dialect = engine.dialect.name
        self._writing = engine.execution_options(writing=True)
        self._turn = asyncio.Lock()
        self.on_commit: list[Callable[[], None]] = []
        """Called, in the process that committed, after each unit of `work`."""

    @classmethod
    def open(cls, url: str, *, pool_size: int = 8, synchronous: str = "FULL") -> "Database":
        """Open `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…` (the plain scheme names are understood too).

        What a statement carries stays out of its error: it may be about a person.
        `synchronous` is SQLite's: FULL loses nothing at a power cut, NORMAL nothing at a crash of the process.
        """
        where = make_url(url)
        lane = None
        plain = where.get_backend_name()
        if plain == "sqlite":
            where = where.set(drivername="sqlite+aiosqlite")
            engine = create_async_engine(
                where, pool_size=pool_size, max_overflow=0, pool_timeout=30, hide_parameters=True
            )
            _prepare_sqlite(engine, synchronous)
        elif plain in {"postgresql", "postgres"}:
            where = where.set(drivername="postgresql+asyncpg")
            lane = Lane(_plain(where), pool_size)
            engine = create_async_engine(
                where, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=False, hide_parameters=True
            )
            _prepare_postgres(engine)
        else:
            raise ValueError(f"unknown database {plain!r}: use sqlite:///FILE or postgresql://…")
        return cls(engine, lane)

    async def work(self, unit: Callable[[Connection], T]) -> T:
        """Run one synchronous unit in one transaction: committed when it returns, undone when it raises."""
        async with self._writer(), self._writing.begin() as connection:
            result = await connection.run_sync(unit)
        for told in self.on_commit:
            told()
        return result

    async def read(self, unit: Callable[[Connection], T]) -> T:
        """Run one unit that only reads; it never waits for writers on SQLite."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(unit)

    async def close(self) -> None:
        """Close every connection."""
        if self.lane is not None:
            await self.lane.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[None]:
        """SQLite has one writer: within a process they queue here, in order, instead of polling a lock."""
        if self.dialect != "sqlite":
            yield
            return
        async with self._turn:
            yield


def _plain(where: URL) -> str:
    """The address as the driver itself reads it."""
    return where.set(drivername="postgresql").render_as_string(hide_password=False)


def _prepare_postgres(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "checkout")
    def taken(raw: Any, record: Any, proxy: Any) -> None:
        # The driver knows at once when the database closed a connection: no question to ask, no request that pays.
        if raw.driver_connection.is_closed():
            raise DisconnectionError


def _prepare_sqlite(engine: AsyncEngine, synchronous: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connected(raw: Any, record: Any) -> None:
        raw.isolation_level = None  # the driver's own BEGIN comes too late: we say it ourselves
        cursor = raw.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer takes its lock at once: one that turns writer half-way fails when another one wrote meanwhile.
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
