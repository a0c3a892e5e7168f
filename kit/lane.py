"""The short way to PostgreSQL: the driver's own connection, one awaited statement, no transaction around it.

For the few paths that machines hammer, where a state transition is one statement. Everything else goes through
`kit.database.Database`, and what this lane cannot settle at once is settled there.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import asyncpg.exceptions
import msgspec
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from kit.columns import Instant, Json, from_millis, to_millis

_connect: Any = asyncpg.connect
_DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_DIALECT.paramstyle = "numeric_dollar"

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Hot:
    """A statement compiled once. Instants and JSON are converted as their columns say."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql: str = compiled.string
        self._constants: dict[str, Any] = compiled.params
        self._binds = [(name, _writing(compiled.binds[name].type)) for name in compiled.positiontup]
        self._reads = {entry[0]: convert for entry in compiled._result_columns if (convert := _reading(entry[3]))}

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The arguments of the statement, in its order. Raises KeyError for one that is missing."""
        given = []
        for name, convert in self._binds:
            value = values[name] if name in values else self._constants[name]
            given.append(convert(value) if convert is not None and value is not None else value)
        return given

    def row(self, record: Any) -> Row:
        """A record of the driver as a plain mapping, its instants and JSON read."""
        read = dict(record)
        for name, convert in self._reads.items():
            if read[name] is not None:
                read[name] = convert(read[name])
        return read


class Lane:
    """A few bare connections, each used by one statement at a time."""

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        self._free: list[Any] = []
        self._room = asyncio.Semaphore(size)

    async def one(self, hot: Hot, **values: Any) -> Row | None:
        """Run a statement, committed when this returns; its first row, or None."""
        arguments = hot.arguments(values)
        async with self._room:
            connection = self._known() or await _connect(self._dsn)
            try:
                record = await connection.fetchrow(hot.sql, *arguments)
            except asyncpg.exceptions.PostgresError:
                self._keep(connection)
                raise
            except BaseException:
                connection.terminate()  # cancelled half-way, or cut off: whatever state it is in, nobody else gets it
                raise
            self._keep(connection)
        return None if record is None else hot.row(record)

    async def close(self) -> None:
        """Close every connection that is not in use."""
        while self._free:
            await self._free.pop().close()

    def _known(self) -> Any:
        """A connection that is open still; None when there is none. The database may have closed some meanwhile."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return None

    def _keep(self, connection: Any) -> None:
        if not connection.is_closed():
            self._free.append(connection)


def _writing(kind: Any) -> Convert | None:
    if isinstance(kind, Instant):
        return _millis
    if isinstance(kind, Json):
        return lambda value: msgspec.json.encode(value).decode()
    return None


def _reading(kind: Any) -> Convert | None:
    if isinstance(kind, Instant):
        return from_millis
    if isinstance(kind, Json):
        return msgspec.json.decode
    return None


def _millis(value: datetime) -> int:
    return to_millis(value)
