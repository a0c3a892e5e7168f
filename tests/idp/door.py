"""A person's own door, alone: activation, sign-in and sessions on a real database, and a browser to walk them."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clients.directory import Directory
from clients.keysets import KeySets
from consent import space_moves
from consent.access import Access
from consent.scene import Scene as ConsentScene
from idp.accounts import register
from idp.accounts.hashing import hasher_of
from idp.accounts.records import Person, Sex
from idp.accounts.register import Newcomer
from idp.enrolment import web as enrolment
from idp.login import web as login
from idp.login.next import sign_in_link
from idp.scene import Scene
from idp.sessions import web as sessions
from idp.settings import IdpSettings
from keys.ring import KeyRing
from keys.settings import KeySettings
from kit.doorman import Doorman
from kit.fetch import Fetch, FetchSettings
from kit.ground import Ground
from kit.guard import Guard
from kit.periods import Period
from kit.problems import Refusal, problem_response
from notices.send import DELIVERY, Notices
from notices.settings import NoticeSettings, SmsOperator
from service.switchboard import Switchboard

PASSWORD = "Espace-Sante-2026!"
NIR = "2 68 04 75 999 097 42"
SERIAL = "1234567890"
QUICK = IdpSettings(argon2_memory_kib=64, argon2_time=1)
"""The settings of the house, but passwords hashed quickly."""


class Mailbox:
    """What people received, the newest first."""

    def __init__(self) -> None:
        self.letters: list[Mapping[str, Any]] = []

    async def deliver(self, payload: Mapping[str, Any]) -> None:
        self.letters.insert(0, payload)

    def to(self, address: str, template: str = "") -> list[Mapping[str, Any]]:
        """What one address received."""
        return [one for one in self.letters if one["to"] == address and template in ("", one["template"])]

    def code(self, address: str) -> str:
        """The newest one-time code sent to an address."""
        found = re.search(r"\b\d{6}\b", self.to(address, "one_time_code")[0]["text"])
        assert found
        return found[0]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((said.get("action", ""), {}, set()))
        elif tag in {"input", "button"} and said.get("name") and self.forms:
            self.forms[-1][2].add(said["name"])
            if tag == "input" and (said.get("type") not in {"radio", "checkbox"} or "checked" in said):
                self.forms[-1][1][said["name"]] = said.get("value", "")


class Browser:
    """Keeps cookies, follows redirects, fills in the forms of the page it is on."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http
        self.page: httpx2.Response = httpx2.Response(200)

    async def get(self, path: str) -> httpx2.Response:
        self.page = await self.http.get(path, follow_redirects=True)
        return self.page

    async def send(self, action: str = "", *, follow: bool = True, **fields: str) -> httpx2.Response:
        """Submit the form that goes to `action` (or the first one), its other fields as the page has them."""
        path, filled, _ = self.form(action)
        self.page = await self.http.post(path, data=filled | fields, follow_redirects=follow)
        return self.page

    def form(self, action: str = "") -> tuple[str, dict[str, str], set[str]]:
        parser = _Forms()
        parser.feed(self.page.text)
        return next(form for form in parser.forms if action in ("", form[0]))

    @property
    def path(self) -> str:
        return urlsplit(str(self.page.url)).path

    @property
    def text(self) -> str:
        """The words of the page, its tags taken off."""
        bare = re.sub(r"<(script|style|svg)\b.*?</\1>", "", self.page.text, flags=re.S)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare)).replace("&#39;", "’")


@dataclass
class Door:
    """The house, as far as the person's own door goes."""

    scene: Scene
    app: Any
    mailbox: Mailbox
    inaya: Person = field(init=False)
    code: str = field(init=False)

    @property
    def ground(self) -> Ground:
        return self.scene.ground

    @asynccontextmanager
    async def browser(
        self, agent: str = "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0", address: str = "192.0.2.7"
    ) -> AsyncIterator[Browser]:
        """A fresh browser."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 40000))
        async with httpx2.AsyncClient(
            transport=transport, base_url=self.ground.issuer, headers={"user-agent": agent}
        ) as http:
            yield Browser(http)

    async def read(self, unit: Any) -> Any:
        return await self.ground.database.read(unit)

    async def work(self, unit: Any) -> Any:
        return await self.ground.database.work(unit)

    async def post(self) -> None:
        """Deliver what waits."""
        await self.ground.outbox.drain()

    async def add(self, newcomer: Newcomer, *, created: bool = True) -> tuple[Person, str]:
        """A person, their provisional code, and their space: created, or only announced."""
        now = self.ground.clock.now()

        def unit(db: Any) -> tuple[Person, str]:
            person = register.add_person(db, self.ground.vault, newcomer, now)
            space_moves.notify(db, person.id, now)
            if created:
                space_moves.create(db, person.id, now)
            code = register.issue_code(db, self.ground.vault, person.id, Period.parse("P1M"), now)
            return person, code

        person, code = await self.work(unit)
        return person, code

    async def enrol(self, person: Person, identifier: str = "gabrielle.c", password: str = PASSWORD) -> None:
        """An account for a person, without the pages."""
        kept = await hasher_of(self.scene.settings).hash(password)
        now = self.ground.clock.now()
        await self.work(lambda db: register.open_account(db, person.id, identifier, kept, "2026-11", now))

    async def sign_in(self, browser: Browser, identifier: str, address: str, password: str = PASSWORD) -> None:
        """The whole way, to the code and past it."""
        await browser.get("/signin")
        await browser.send(identifier=identifier, password=password)
        assert browser.path == "/signin/code", browser.text
        await self.post()
        await browser.send(code=self.mailbox.code(address))


def newcomer(**other: Any) -> Newcomer:
    """Inaya, or somebody else where it is said."""
    inaya: dict[str, Any] = {
        "family_name": "Michel",
        "given_names": "Inaya",
        "birth_date": date(1968, 4, 9),
        "sex": Sex.FEMALE,
        "nir": NIR,
        "vitale_serial": SERIAL,
        "email": "inaya.michel@example.org",
        "mobile": "+33639980002",
    }
    return Newcomer(**(inaya | other))


GABRIELLE: Mapping[str, Any] = {
    "family_name": "Capanelli",
    "given_names": "Gabrielle",
    "birth_date": date(1979, 3, 12),
    "nir": "279037599902148",
    "vitale_serial": "2345678901",
    "email": "gabrielle.capanelli@example.org",
    "mobile": "+33639980001",
}


async def build(ground: Ground, settings: IdpSettings = QUICK) -> Door:
    """The door, with Inaya before it."""
    door = await serve(ground, settings, Mailbox())
    door.inaya, door.code = await door.add(newcomer())
    return door


async def serve(ground: Ground, settings: IdpSettings, mailbox: Mailbox) -> Door:
    """The door alone, on whatever the database holds."""
    directory = Directory(ground.database, ground.clock)
    ring = KeyRing(ground.database, ground.clock, ground.vault, KeySettings())
    guard = Guard(issuer=ground.issuer, audience=ground.issuer, keys=ring.verifying, clock=ground.clock)
    notices = Notices(ground, NoticeSettings(sms=SmsOperator(url="http://sms.invalid/")))
    ground.outbox.handle(DELIVERY, mailbox.deliver)
    consent = ConsentScene(ground, guard, directory, Access(directory, lambda db, claims, now: None))
    fetch = Fetch(FetchSettings())
    keysets = KeySets(fetch, ground.clock)
    subjects = ground.vault.key("subjects")
    scene = Scene(ground, settings, ring, directory, notices, consent, (), guard, subjects, fetch, keysets)

    async def home(request: Request) -> Response:
        return PlainTextResponse("home")

    def refused(request: Request, refusal: Refusal) -> Response:
        return problem_response(refusal)

    routes = [*enrolment.routes(scene), *login.routes(scene), *sessions.routes(scene)]
    routes += [Route(path, home) for path in ("/espace/", "/", "/authorize/abc")]
    switchboard = Switchboard(routes, refused=refused)
    return Door(scene, Doorman(switchboard, secure=ground.secure, log_requests=False), mailbox)


def login_link(door: Door, since: datetime) -> str:
    """A sign-in that asks for a proof at least as fresh as `since`."""
    return sign_in_link(door.scene, "/espace/", fresh_since=since)
