"""What must happen after a commit: written with it, done after it, tried again until done, set aside when hopeless."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
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
from kit.telemetry import log

table = Table(
    "kit_outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_until", Instant),
    Column("dead_at", Instant),
    Column("last_error", Text),
    Index("ix_kit_outbox_due", "dead_at", "due_at"),
)

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]

_CLAIM = timedelta(seconds=60)
_FIRST_WAIT = timedelta(seconds=5)
_MOST_ATTEMPTS = 12
_BATCH = 50


class Outbox:
    """Deliveries of several kinds, each with its handler. Payloads are sealed: they may hold a code for an instant."""

    def __init__(self, database: Database, clock: Clock, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._handlers: dict[str, Handler] = {}
        self._written = asyncio.Event()
        self._dirty = False
        database.on_commit.append(self._committed)

    def handle(self, kind: str, handler: Handler) -> None:
        """Deliveries of `kind` are done by `handler`; an exception means "later"."""
        self._handlers[kind] = handler

    def put(
        self, db: Connection, kind: str, payload: Mapping[str, Any], now: datetime, due: datetime | None = None
    ) -> str:
        """Write one delivery in the present transaction; gives its identifier."""
        identifier = new("out", now)
        sealed = self._seal.close(msgspec.json.encode(payload), identifier)
        db.execute(insert(table).values(id=identifier, kind=kind, payload=sealed, due_at=due or now, attempts=0))
        self._dirty = True
        return identifier

    async def run(self, every: float = 1.0) -> None:
        """Deliver for ever: at once after a commit of this process, and every `every` seconds for the others'."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._written.wait(), every)
            self._written.clear()
            try:
                await self.drain()
            except Exception:  # the loop outlives a database that is away for a while
                log.exception("outbox_round_failed")
                await asyncio.sleep(every)

    async def drain(self) -> int:
        """Deliver what is due now; gives how many were delivered."""
        done = 0
        while batch := await self._claim():
            results = await asyncio.gather(*(self._deliver(*one) for one in batch))
            done += sum(results)
        return done

    async def waiting(self) -> int:
        """How many deliveries are due and not done."""
        now = self._clock.now()
        query = select(func.count()).select_from(table).where(table.c.dead_at.is_(None), table.c.due_at <= now)
        return int(await self._database.read(lambda db: db.execute(query).scalar_one()))

    def _committed(self) -> None:
        if self._dirty:
            self._dirty = False
            self._written.set()

    async def _claim(self) -> list[tuple[str, str, bytes, int]]:
        now = self._clock.now()

        def unit(db: Connection) -> list[tuple[str, str, bytes, int]]:
            free = or_(table.c.claimed_until.is_(None), table.c.claimed_until < now)
            due = (
                select(table.c.id)
                .where(and_(table.c.dead_at.is_(None), table.c.due_at <= now, free, table.c.kind.in_(self._handlers)))
                .order_by(table.c.due_at)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            claim = (
                update(table)
                .where(table.c.id.in_(due))
                .values(claimed_until=now + _CLAIM, attempts=table.c.attempts + 1)
                .returning(table.c.id, table.c.kind, table.c.payload, table.c.attempts)
            )
            return [(r.id, r.kind, r.payload, r.attempts) for r in db.execute(claim)]

        if not self._handlers or not await self.waiting():
            return []
        return await self._database.work(unit)

    async def _deliver(self, identifier: str, kind: str, sealed: bytes, attempts: int) -> int:
        try:
            payload = msgspec.json.decode(self._seal.open(sealed, identifier))
            await self._handlers[kind](payload)
        except Exception as error:  # whatever it was, it is written down and tried again
            name = type(error).__name__
            await self._database.work(lambda db: self._postpone(db, identifier, attempts, name))
            log.warning("delivery_failed", kind=kind, delivery=identifier, attempts=attempts, error=name)
            return 0
        await self._database.work(lambda db: db.execute(delete(table).where(table.c.id == identifier)))
        return 1

    def _postpone(self, db: Connection, identifier: str, attempts: int, error: str) -> None:
        now = self._clock.now()
        wait = min(_FIRST_WAIT * 2 ** (attempts - 1), timedelta(hours=6))
        dead = now if attempts >= _MOST_ATTEMPTS else None
        db.execute(
            update(table)
            .where(table.c.id == identifier)
            .values(due_at=now + wait, claimed_until=None, dead_at=dead, last_error=error)
        )
