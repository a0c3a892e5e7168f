"""The database: units of work, and the only crossing from async to sync."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, Connection, Dialect, LargeBinary, MetaData, Text, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

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


def to_millis(instant: datetime) -> int:
    """Milliseconds since 1970, as columns of type `Instant` keep it."""
    return (instant - _EPOCH) // _MILLISECOND


def from_millis(value: int) -> datetime:
    """The aware UTC instant of that many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=value)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as milliseconds since 1970: the same arithmetic and order on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(value)


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text and read back as plain Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


Sealed = LargeBinary
"""Bytes closed by a `kit.seals.Seal`."""


class Database:
    """One database, SQLite or PostgreSQL, reached by units of work."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._writing = engine.execution_options(writing=True)
        self._turn = asyncio.Lock()
        self.on_commit: list[Callable[[], None]] = []
        """Called, in the process that committed, after each unit of `work`."""

    @classmethod
    def open(cls, url: str, *, pool_size: int = 8, synchronous: str = "FULL") -> "Database":
        """Open `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…` (the plain scheme names are understood too).

        `synchronous` is SQLite's: FULL loses nothing at a power cut, NORMAL nothing at a crash of the process.
        """
        where = make_url(url)
        plain = where.get_backend_name()
        if plain == "sqlite":
            where = where.set(drivername="sqlite+aiosqlite")
            engine = create_async_engine(where, pool_size=pool_size, max_overflow=0, pool_timeout=30)
            _prepare_sqlite(engine, synchronous)
        elif plain in {"postgresql", "postgres"}:
            where = where.set(drivername="postgresql+asyncpg")
            engine = create_async_engine(where, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=False)
        else:
            raise ValueError(f"unknown database {plain!r}: use sqlite:///FILE or postgresql://…")
        return cls(engine)

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
        await self.engine.dispose()

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[None]:
        """SQLite has one writer: within a process they queue here, in order, instead of polling a lock."""
        if self.dialect != "sqlite":
            yield
            return
        async with self._turn:
            yield


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
        # A writer takes its lock at once: a reader that turns writer half-way would fail when another one wrote meanwhile.
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
