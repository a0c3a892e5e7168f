"""A fuse in a server: the power goes before, between and after the statements of one request, where a test says.

A request with `x-fault-at: 7` kills the process at the seventh point that it passes: before each statement, before the
commit, after it, before the answer and half-way through it. Other requests pass no point.
"""

import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.database import Database
from kit.lane import Lane

_fuse: ContextVar["Fuse | None"] = ContextVar("fuse", default=None)


class Fuse:
    """Counts the points that one request passes, and kills the process at the one it was made for."""

    def __init__(self, at: int, said: Callable[[str], None]) -> None:
        self._left = at
        self._said = said

    def pass_by(self, where: str) -> None:
        """One point."""
        self._left -= 1
        if self._left == 0:
            self._said(where)
            os.kill(os.getpid(), signal.SIGKILL)


def pass_by(where: str) -> None:
    """A point, if the present request carries a fuse."""
    fuse = _fuse.get()
    if fuse is not None:
        fuse.pass_by(where)


def wire(database: Database) -> None:
    """Make points of every statement and commit of this database."""
    engine = database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def before(db: Any, cursor: Any, statement: str, *rest: Any) -> None:
        pass_by(f"before {_short(statement)}")

    @event.listens_for(engine, "commit")
    def committing(db: Any) -> None:
        pass_by("before the commit")

    database.on_commit.append(lambda: pass_by("after the commit"))
    if database.lane is not None:
        _on_the_lane(database.lane)


def _on_the_lane(lane: Lane) -> None:
    one = lane.one

    async def watched(hot: Any, **values: Any) -> Any:
        pass_by(f"before {_short(hot.sql)}")
        row = await one(hot, **values)
        pass_by(f"after {_short(hot.sql)}")
        return row

    lane.one = watched  # type: ignore[method-assign]


class Fused:
    """ASGI: gives a fuse to the requests that ask for one."""

    def __init__(self, app: ASGIApp, said: Callable[[str], None]) -> None:
        self._app = app
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        at = next((int(value) for name, value in scope.get("headers", ()) if name == b"x-fault-at"), 0)
        if not at:
            await self._app(scope, receive, send)
            return
        _fuse.set(Fuse(at, self._said))

        async def answer(message: Message) -> None:
            pass_by("before the answer" if message["type"] == "http.response.start" else "within the answer")
            await send(message)

        await self._app(scope, receive, answer)


def _short(statement: str) -> str:
    return " ".join(statement.split())[:400]
