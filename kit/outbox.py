"""What must happen after a commit: written with it, done after it, tried again until done, set aside when hopeless."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from kit.clock import Clock
from kit.database import Database, Instant, metadata
from kit.ids import new
from kit.seals import Seal
from kit.telemetry import events, log

table = Table(
    "kit_outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("about", String(120), nullable=False),  # for those who run the house: never about a person
    Column("payload", LargeBinary, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_until", Instant),
    Column("dead_at", Instant),
    Column("last_error", Text),
    Index("ix_kit_outbox_due", "dead_at", "due_at"),
)

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]

CLAIM = timedelta(seconds=15)
"""How long a delivery stays with the process that took it, which says again and again that it is at work: after a
`kill -9` another one takes it up within this time."""
KEPT_DEAD = timedelta(days=30)
"""How long a delivery that was given up is kept, for those who run the house."""
_FIRST_WAIT = timedelta(seconds=5)
_MOST_ATTEMPTS = 12
_MOST_AT_ONCE = 50


class NotDelivered(Exception):
    """Not delivered this time. The message is kept beside the delivery: it holds nothing about a person."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery not done yet, as those who run the house see it: its payload stays sealed."""

    id: str
    kind: str
    about: str
    attempts: int
    due_at: datetime
    dead_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: str
    kind: str
    sealed: bytes
    attempts: int


class Outbox:
    """Deliveries of several kinds, each with its handler. Payloads are sealed: they may hold a code for an instant."""

    def __init__(self, database: Database, clock: Clock, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._handlers: dict[str, Handler] = {}
        self._busy = Counter[str]()
        self._written = asyncio.Event()
        self._dirty = False
        database.on_commit.append(self._committed)

    def handle(self, kind: str, handler: Handler) -> None:
        """Deliveries of `kind` are done by `handler`; an exception means "later"."""
        self._handlers[kind] = handler

    def put(
        self,
        db: Connection,
        kind: str,
        payload: Mapping[str, Any],
        now: datetime,
        due: datetime | None = None,
        about: str = "",
    ) -> str:
        """Write one delivery in the present transaction; gives its identifier.

        `about` says to those who run the house what it is for (an app's identifier); never about a person.
        """
        identifier = new("out", now)
        sealed = self._seal.close(msgspec.json.encode(payload), identifier)
        values = {"id": identifier, "kind": kind, "about": about[:120], "payload": sealed, "due_at": due or now}
        db.execute(insert(table).values(**values, attempts=0))
        self._dirty = True
        return identifier

    async def run(self, every: float = 1.0) -> None:
        """Deliver for ever: at once after a commit of this process, and every `every` seconds for the others'.

        A delivery that takes its time holds up no other, and a kind that is slow holds up no other kind.
        """
        under_way: set[asyncio.Task[int]] = set()
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._written.wait(), every)
                self._written.clear()
                try:
                    while batch := await self._claim():
                        for one in batch:
                            task = asyncio.ensure_future(self._deliver(one))
                            under_way.add(task)
                            task.add_done_callback(under_way.discard)
                except Exception:  # the loop outlives a database that is away for a while
                    log.exception("outbox_round_failed")
                    await asyncio.sleep(every)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def drain(self) -> int:
        """Deliver what is due now; gives how many were delivered."""
        done = 0
        while batch := await self._claim():
            done += sum(await asyncio.gather(*(self._deliver(one) for one in batch)))
        return done

    async def waiting(self) -> int:
        """How many deliveries are due and not done."""
        return await self._count(table.c.dead_at.is_(None), table.c.due_at <= self._clock.now())

    async def dead(self) -> int:
        """How many deliveries were given up."""
        return await self._count(table.c.dead_at.is_not(None))

    async def _count(self, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*where)
        return int(await self._database.read(lambda db: db.execute(query).scalar_one()))

    def _committed(self) -> None:
        if self._dirty:
            self._dirty = False
            self._written.set()

    async def _claim(self) -> list[_Claimed]:
        now = self._clock.now()
        free = or_(table.c.claimed_until.is_(None), table.c.claimed_until < now)
        due = and_(table.c.dead_at.is_(None), table.c.due_at <= now, free)
        able = [kind for kind in self._handlers if self._busy[kind] < _MOST_AT_ONCE]
        if not able:
            return []
        asked = select(table.c.kind).where(due, table.c.kind.in_(able)).distinct()
        kinds = list(await self._database.read(lambda db: db.execute(asked).scalars().all()))

        def unit(db: Connection) -> list[_Claimed]:
            found: list[_Claimed] = []
            for kind in kinds:
                first = (
                    select(table.c.id)
                    .where(due, table.c.kind == kind)
                    .order_by(table.c.due_at, table.c.id)
                    .limit(_MOST_AT_ONCE - self._busy[kind])
                    .with_for_update(skip_locked=True)
                )
                claim = (
                    update(table)
                    .where(table.c.id.in_(first))
                    .values(claimed_until=now + CLAIM, attempts=table.c.attempts + 1)
                    .returning(table.c.id, table.c.kind, table.c.payload, table.c.attempts)
                )
                found += [_Claimed(r.id, r.kind, r.payload, r.attempts) for r in db.execute(claim)]
            return found

        if not kinds:
            return []
        claimed = await self._database.work(unit)
        self._busy.update(one.kind for one in claimed)
        return claimed

    async def _deliver(self, one: _Claimed) -> int:
        try:
            async with self._held(one.id):
                payload = msgspec.json.decode(self._seal.open(one.sealed, one.id))
                await self._handlers[one.kind](payload)
        except Exception as error:  # whatever it was, it is written down and tried again
            await self._failed(one, error)
            return 0
        finally:
            self._busy[one.kind] -= 1
            self._written.set()  # there is room for another one of this kind
        try:
            await self._database.work(lambda db: db.execute(delete(table).where(table.c.id == one.id)))
        except Exception:  # done, but nobody could write it down: it will be done again
            log.exception("delivery_not_written", kind=one.kind, delivery=one.id)
        return 1

    async def _failed(self, one: _Claimed, error: Exception) -> None:
        name = str(error) if isinstance(error, NotDelivered) else type(error).__name__
        dead = one.attempts >= _MOST_ATTEMPTS
        try:
            await self._database.work(lambda db: self._postpone(db, one, name, dead))
        except Exception:  # its claim runs out and it is taken up again
            log.exception("delivery_not_written", kind=one.kind, delivery=one.id)
        said = {"kind": one.kind, "delivery": one.id, "attempts": one.attempts, "error": name}
        if dead:
            events.labels("delivery_given_up").inc()
            log.error("delivery_given_up", **said)
        else:
            log.warning("delivery_failed", **said)

    @asynccontextmanager
    async def _held(self, identifier: str) -> AsyncIterator[None]:
        """Say again and again that this process is at work on it, for as long as it is."""

        async def say() -> None:
            while True:
                await asyncio.sleep(CLAIM.total_seconds() / 3)
                until = self._clock.now() + CLAIM
                mine = update(table).where(table.c.id == identifier).values(claimed_until=until)
                with suppress(Exception):
                    await self._database.work(lambda db: db.execute(mine))  # noqa: B023

        task = asyncio.ensure_future(say())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _postpone(self, db: Connection, one: _Claimed, error: str, dead: bool) -> None:
        now = self._clock.now()
        wait = min(_FIRST_WAIT * 2 ** (one.attempts - 1), timedelta(hours=6))
        later = {"due_at": now + wait, "claimed_until": None, "dead_at": now if dead else None, "last_error": error}
        db.execute(update(table).where(table.c.id == one.id).values(**later))


def undone(db: Connection, *, dead: bool, limit: int = 100) -> list[Waiting]:
    """Deliveries given up, or those that still wait: the oldest first."""
    names = (*(field for field in Waiting.__dataclass_fields__),)
    mine = table.c.dead_at.is_not(None) if dead else table.c.dead_at.is_(None)
    query = select(*[table.c[name] for name in names]).where(mine).order_by(table.c.due_at).limit(limit)
    return [Waiting(**row) for row in db.execute(query).mappings()]


def again(db: Connection, now: datetime, identifier: str | None = None) -> int:
    """Try what was given up again, as if for the first time: one delivery, or all of them. Gives how many."""
    chosen = table.c.dead_at.is_not(None) & (table.c.id == identifier if identifier else table.c.id != "")
    values = {"due_at": now, "attempts": 0, "claimed_until": None, "dead_at": None}
    return db.execute(update(table).where(chosen).values(**values)).rowcount


def purge(db: Connection, now: datetime, limit: int = 500) -> int:
    """Forget deliveries given up long ago, at most `limit` of them."""
    old = select(table.c.id).where(table.c.dead_at < now - KEPT_DEAD).limit(limit)
    return db.execute(delete(table).where(table.c.id.in_(old))).rowcount
