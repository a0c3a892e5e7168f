"""One power cut after the other, each a point further."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import Table, func, select

from tests.servers.server import GONE, Server

T = TypeVar("T")


async def cut(server: Server, path: str, at: int, act: Callable[[], Awaitable[T]]) -> tuple[T | None, str]:
    """Do `act`, the power going at that point of its request to `path`.

    Gives None and where it went, the server up again and every journal whole; or the result and "" when there is no
    such point any more.
    """
    try:
        with server.cut(path, at):
            return await act(), ""
    except GONE:
        where = server.died()
    await server.start()
    assert await server.verified(), where
    return None, where


async def rows(server: Server, table: Table, **where: Any) -> int:
    """How many rows have these values."""
    query = select(func.count()).select_from(table)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    async with server.database() as database:
        return int(await database.read(lambda db: db.execute(query).scalar_one()))
