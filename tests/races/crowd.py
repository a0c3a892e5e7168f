"""Many at the same instant: against one house, or against two that share a database as two server processes do."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from sqlalchemy import Table, func, select
from sqlalchemy import and_ as both

from consent import journal
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party, Reply, party

T = TypeVar("T")
MANY = 50
VITAL_SIGNS = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
MEASURES = f"openid offline_access launch/patient patient/Observation.crs?{VITAL_SIGNS} patient/Device.c"
AGREED = {"consent": ["measures:read", "measures:write"], "duration": "P3M"}


@dataclass
class Crowd:
    """The houses that are open on one database; each call goes to the next one."""

    homes: Sequence[Home]

    @property
    def first(self) -> Home:
        """The house where a story begins."""
        return self.homes[0]

    @property
    def clock(self) -> Any:
        """All the houses live by one clock."""
        return self.first.clock

    def app(self, number: int = 0, client_id: str = "bench") -> Party:
        """An app that speaks to one of the houses."""
        return party(self.homes[number % len(self.homes)], client_id)

    async def together(self, act: Callable[[int, Home], Awaitable[T]], count: int = MANY) -> list[T]:
        """`act` that many times at the same instant, in turn on each house."""
        return await asyncio.gather(*(act(n, self.homes[n % len(self.homes)]) for n in range(count)))

    async def twin(self, browser: Browser, number: int = 1) -> Browser:
        """The same browser, its next request going to another house: no affinity is needed."""
        home = self.homes[number % len(self.homes)]
        other = home.browser()
        other.client.cookies = httpx2.Cookies(browser.client.cookies)
        return other

    async def linked(self, browser: Browser) -> Reply:
        """The tokens of an app that may read and add measures."""
        return await self.app().obtain(browser, scope=MEASURES, choices=AGREED)

    async def rows(self, table: Table, **where: Any) -> int:
        """How many rows have these values."""
        wanted = both(True, *(table.c[name] == value for name, value in where.items()))
        query = select(func.count()).select_from(table).where(wanted)
        return int(await self.first.database.read(lambda db: db.execute(query).scalar_one()))

    async def lines(self, action: str, key: str = "gabrielle", client_id: str | None = None) -> int:
        """How many lines of a person's journal say that this was done, with that app."""
        person_id = self.first.person(key)["person_id"]
        found = await self.first.database.read(lambda db: journal.page(db, person_id, limit=200))
        return sum(one.entry.action == action and one.entry.client_id == client_id for one in found)

    async def whole(self) -> bool:
        """Every line of every journal is there, as it was written."""
        report = await self.first.database.read(lambda db: journal.verify(db))
        return report.whole


def statuses(replies: Sequence[Reply | Page | httpx2.Response]) -> Counter[int]:
    """How many answers have each status."""
    return Counter(one.status_code if isinstance(one, httpx2.Response) else one.status for one in replies)
