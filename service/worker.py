"""What is done from time to time: deliveries, purges, agreements that end, signing keys that change."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from consent import decisions
from idp import entering
from idp.enrolment import store as enrolments
from idp.login import store as logins
from idp.sessions import store as sessions
from idp.tokens import purge as tokens
from keys import making, rotation
from kit import outbox
from kit.periods import Period
from kit.telemetry import log
from notices import store as notices
from portal import purge as stays
from service.alone import alone
from service.house import House


class Sweep(Protocol):
    """Removes, ends or writes down at most `limit` rows; gives how many. Called again until there is nothing left."""

    def __call__(self, db: Connection, house: House, now: datetime, limit: int) -> int: ...


SWEEPS: Mapping[str, Sweep] = {
    "agreements that end": lambda db, house, now, limit: decisions.expire_due(db, house.consent, now, limit),
    "counters of calls": lambda db, house, now, limit: decisions.forget_counters(db, house.consent, now, limit),
    "sign-ins told": lambda db, house, now, limit: (
        entering.write(db, house.idp, now, limit) if alone(db, "sign-ins told", wait=False) else 0
    ),
    "codes and tokens": lambda db, house, now, limit: tokens.purge(db, now, limit),
    "sessions": lambda db, house, now, limit: sessions.purge(db, now, limit),
    "sign-ins begun": lambda db, house, now, limit: logins.purge(db, now, limit),
    "activations begun": lambda db, house, now, limit: enrolments.purge(db, now, limit),
    "deliveries given up": lambda db, house, now, limit: outbox.purge(db, now, limit),
    "stays in the portal": lambda db, house, now, limit: stays.purge(db, now, limit),
    "notices sent": lambda db, house, now, limit: notices.purge(
        db, Period.parse(house.settings.notices.kept).before(now), limit
    ),
}
"""In this order, each in transactions of its own."""

_MOST_ROUNDS = 200
_LONGEST_WAIT = 30.0


class Worker:
    """The background work of one process. Without `everything` only what each process needs for itself."""

    def __init__(self, house: House, *, everything: bool = True) -> None:
        self._house = house
        self._everything = everything
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; the event loop is running."""
        house, chosen = self._house, self._house.settings.worker
        work: list[Awaitable[None]] = [_every(house.settings.keys.refresh_every, "keys_refresh", house.ring.refresh)]
        if self._everything:
            work += [
                house.ground.outbox.run(chosen.outbox_every.total_seconds()),
                _every(chosen.purge_every, "purge", self._purge),
                _every(chosen.keys_every, "keys_tick", self._keys),
            ]
        self._tasks = [asyncio.ensure_future(one) for one in work]

    async def stop(self) -> None:
        """Stop where it is: whatever was under way is done again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def run(self) -> None:
        """Work until cancelled."""
        self.start()
        try:
            await asyncio.gather(*self._tasks)
        finally:
            await self.stop()

    async def _purge(self) -> None:
        await purge(self._house)

    async def _keys(self) -> None:
        house, settings, vault = self._house, self._house.settings.keys, self._house.ground.vault
        now = house.ground.clock.now()
        wanted = await house.ground.database.read(lambda db: rotation.due(db, vault, settings, now))
        stock = await making.stock(settings, wanted, now)

        def unit(db: Connection) -> None:
            if alone(db, "signing keys", wait=False):
                rotation.tick(db, vault, settings, now, stock)

        await house.ground.database.work(unit)


async def purge(house: House, told: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """Sweep everything that is past, a bounded number of rows at a time; gives how many by name."""
    gone: dict[str, int] = {}
    limit = house.settings.worker.purge_batch
    for name, sweep in SWEEPS.items():
        gone[name] = 0
        for _ in range(_MOST_ROUNDS):
            now = house.ground.clock.now()
            count = await house.ground.database.work(partial(sweep, house=house, now=now, limit=limit))
            gone[name] += count
            if told:
                told(name, count)
            if not count:
                break
            await asyncio.sleep(0)  # requests first
    if any(gone.values()):
        log.info("purged", **{name.replace(" ", "_"): count for name, count in gone.items() if count})
    return gone


async def _every(period: timedelta, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` now and then for ever; a failure is written down and tried again at the next turn."""
    wait = period.total_seconds()
    while True:
        try:
            await work()
        except Exception:
            log.exception("background_failed", work=name)
            await asyncio.sleep(min(wait, _LONGEST_WAIT))
        await asyncio.sleep(wait)
