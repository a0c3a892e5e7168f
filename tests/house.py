"""The whole house for tests: composed as the demo is, filled with the demo's people, on a clock that stands still."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from msgspec.structs import replace

from idp.settings import IdpSettings
from idp.trust.settings import TrustSettings
from kit.clock import DemoClock, FixedClock
from kit.database import Database
from sandbox import inbox
from service.demo import card, seed
from service.demo.stand import stand
from service.house import House
from service.settings import Settings
from tests.browser import Browser, Page

_KEYS = Path(__file__).parent / "assets" / "issuer.jwks.json"
QUICK = IdpSettings(
    argon2_memory_kib=64, argon2_time=1, trust=TrustSettings(issuers=(f"https://employer.example={_KEYS}",))
)
"""Passwords hashed at next to no cost: their strength is not what most tests are about."""


class Compiled(BytecodeCache):
    """Templates as they were compiled for the first house of the session."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class StillClock(FixedClock, DemoClock):
    """A demo clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        FixedClock.__init__(self, at)
        self._began = at

    @property
    def offset(self) -> timedelta:
        return self._at - self._began

    def move_to(self, instant: datetime) -> None:
        if instant < self._at:
            raise ValueError("the clock only goes forward")
        self._at = instant


@dataclass
class Home:
    """A house that is open, and what a test does with it."""

    house: House
    clock: StillClock
    card: dict[str, Any]
    """What `demo.json` would say."""
    folder: Path
    _browsers: list[Browser] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """`home.ground`, `home.idp`, `home.consent`, `home.app`… are the house's."""
        return getattr(self.house, name)

    @property
    def issuer(self) -> str:
        return self.house.ground.issuer

    @property
    def database(self) -> Database:
        return self.house.ground.database

    @property
    def client(self) -> httpx2.AsyncClient:
        """A program's client: cookies kept, redirects not followed."""
        if not self._browsers:
            self.browser()
        return self._browsers[0].client

    def person(self, key: str) -> dict[str, Any]:
        """A person of the demo, as `demo.json` has them."""
        return next(one for one in self.card["people"] if one["key"] == key)

    def party(self, client_id: str) -> dict[str, Any]:
        """An app of the demo, with its secrets."""
        return next(one for one in self.card["clients"] if one["client_id"] == client_id)

    def browser(self, address: str = "127.0.0.1") -> Browser:
        """A new browser without any cookie."""
        made = Browser(self.house.app, self.issuer, address)
        self._browsers.append(made)
        return made

    async def letters(self, to: str) -> list[inbox.Message]:
        """What was sent to that address, newest first, everything due being delivered before."""
        await self.house.ground.outbox.drain()
        return await self.database.read(lambda db: inbox.newest(db, to))

    async def code(self, to: str) -> str:
        """The newest one-time code sent to that address."""
        for letter in await self.letters(to):
            if found := re.search(r"\b\d{6}\b", letter.text):
                return found[0]
        raise LookupError(f"no code was sent to {to}")

    async def sign_in(self, key: str = "gabrielle", browser: Browser | None = None, *, to: str = "/espace/") -> Browser:
        """A browser in which that person signed in at the provider."""
        browser, person = browser or self.browser(), self.person(key)
        await self.through(browser, await browser.get(to), person)
        return browser

    async def through(self, browser: Browser, page: Page, person: dict[str, Any]) -> Page:
        """From the sign-in page to wherever it leads: identifier, password, code."""
        page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
        code = await self.code(person["mobile"] or person["email"])
        return await browser.submit(page, {"code": code})

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.close()
        await self.house.close()


def settings_for(issuer: str, master: str, database_url: str = "sqlite://", idp: IdpSettings = QUICK) -> Settings:
    """The settings of a test's house."""
    plain = Settings(issuer=issuer, master_key=master, idp=idp)
    return replace(plain, database=replace(plain.database, url=database_url))


@asynccontextmanager
async def opened(
    settings: Settings, folder: Path, clock: StillClock, database: Database, known: dict[str, Any]
) -> AsyncIterator[Home]:
    """A house on a database that was filled before."""
    house = stand(settings, folder, clock, database, known, sockets=False)
    house.ground.pages.environment.bytecode_cache = COMPILED
    await house.open()
    home = Home(house, clock, known, folder)
    try:
        yield home
    finally:
        await home.close()


async def fill(settings: Settings, folder: Path, clock: StillClock, database: Database) -> dict[str, Any]:
    """Fill a migrated database with the demo's people; gives what `demo.json` says of it."""
    house = stand(settings, folder, clock, database, sockets=False)
    known = await seed.fill(house, lambda what, done, of: None)
    made = await card.make(house, known, {})
    await house.close()
    return made
