"""How often somebody may be wrong: failures are counted, successes are not."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from limits import parse

from kit.limits import Limits


@dataclass(frozen=True, slots=True)
class Count:
    """One thing that failures are counted by."""

    name: str
    key: str
    rate: str


class Attempts:
    """An attempt counted by several things at once: one of them spent is enough to refuse it unheard."""

    def __init__(self, limits: Limits, *counts: Count) -> None:
        self._limits = limits
        self._counts = counts

    async def allowed(self) -> bool:
        """True while none of the counts is spent. Counts nothing."""
        for count in self._counts:
            if await self._limits.spent(count.name, count.key, count.rate):
                return False
        return True

    async def failed(self) -> None:
        """Count one failure in each."""
        for count in self._counts:
            await self._limits.allow(count.name, count.key, count.rate)

    @property
    def wait(self) -> int:
        """Seconds after which one may surely try again."""
        return max(int(parse(count.rate).get_expiry()) for count in self._counts)


class Turns:
    """At most so many at the same time, so that a crowd sent at once cannot slip between the look and the count."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def take(self) -> asyncio.Semaphore:
        """`async with turns.take():` waits for one's turn."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            self._by_loop[loop] = asyncio.Semaphore(self._at_once)
        return self._by_loop[loop]
