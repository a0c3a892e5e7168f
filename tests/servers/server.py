"""A server in a process of its own: reached over a socket, killed where a test says, started again on what it left."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from consent import journal
from kit.clock import DemoClock
from kit.database import Database
from tests.browser import Browser, Page
from tests.conftest import ISSUER, ROOT, START
from tests.party import Party

GONE = (httpx2.TransportError,)
"""What a client sees of a server that dies."""


class Zygote:
    """The process that servers are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def ask(self, **what: Any) -> dict[str, Any]:
        """One command and its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(10)
        self._process.stdout.close()  # type: ignore[union-attr]


class Wire(httpx2.AsyncBaseTransport):
    """Leads to the server, whatever its port is now. `fault` arms the next request to the path it names."""

    def __init__(self) -> None:
        self._port = 0
        self._inner: httpx2.AsyncHTTPTransport | None = None
        self.fault: tuple[str, int] | None = None

    async def lead_to(self, port: int) -> None:
        """Forget every connection; the next ones go there."""
        await self.aclose()
        self._port, self._inner = port, httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert self._inner is not None
        headers = request.headers.copy()
        if self.fault is not None and request.url.path == self.fault[0]:
            headers["x-fault-at"] = str(self.fault[1])
            self.fault = None
        there = httpx2.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(there)

    async def aclose(self) -> None:
        if self._inner is not None:
            await self._inner.aclose()
            self._inner = None


class Remote(Browser):
    """A browser that reaches the server over its socket."""

    def __init__(self, wire: Wire) -> None:
        self.origin = ISSUER
        headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "fr"}
        self.client = httpx2.AsyncClient(transport=_Shared(wire), base_url=ISSUER, headers=headers, timeout=30)


class _Shared(httpx2.AsyncBaseTransport):
    """The wire outlives each of its clients."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._wire.handle_async_request(request)


class Server:
    """The demo's house on one database, in a process of its own. It offers what `tests.party.Party` needs."""

    issuer = ISSUER

    def __init__(self, zygote: Zygote, folder: Path, url: str, card: dict[str, Any], level: str = "INFO") -> None:
        self.folder = folder
        self.url = url
        self.card = card
        self.wire = Wire()
        self._zygote = zygote
        self._level = level
        self._pid: int | None = None
        (folder / "demo.json").write_text(json.dumps(card))
        (folder / "clock.json").write_text(json.dumps({"offset_seconds": START.timestamp() + 60 - time.time()}))
        self.client = self.browser().client

    @property
    def clock(self) -> DemoClock:
        """The server's time."""
        return DemoClock(self.folder / "clock.json")

    @property
    def log(self) -> str:
        """Everything that it wrote on standard error."""
        return (self.folder / "log.jsonl").read_text()

    def browser(self) -> Browser:
        """A new browser without any cookie."""
        return Remote(self.wire)

    def person(self, key: str) -> dict[str, Any]:
        """A person of the demo."""
        return next(one for one in self.card["people"] if one["key"] == key)

    def party(self, client_id: str) -> dict[str, Any]:
        """An app of the demo, with its secrets."""
        return next(one for one in self.card["clients"] if one["client_id"] == client_id)

    def app(self, client_id: str = "bench") -> Party:
        """A client of the demo."""
        return Party(self, self.party(client_id))  # type: ignore[arg-type]

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        told = self._zygote.ask(do="start", folder=str(self.folder), url=self.url, level=self._level)
        assert told["ready"], self.log[-3000:]
        self._pid = told["pid"]
        await self.wire.lead_to(told["port"])

    def kill(self) -> None:
        """`kill -9`, now."""
        assert self._pid is not None
        os.kill(self._pid, signal.SIGKILL)
        self.died()

    def died(self) -> str:
        """It was killed: gives where."""
        status = self._zygote.ask(do="wait", pid=self._pid)["status"]
        self._pid = None
        assert os.WIFSIGNALED(status), self.log[-3000:]
        assert os.WTERMSIG(status) == signal.SIGKILL
        point = self.folder / "last_point"
        return point.read_text() if point.exists() else ""

    async def stop(self) -> None:
        """Stop it as an operator does."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGTERM)
            self._zygote.ask(do="wait", pid=self._pid)
            self._pid = None
        await self.wire.aclose()

    @contextmanager
    def cut(self, path: str, at: int) -> Iterator[None]:
        """The power goes at that point of the next request to `path`."""
        self.wire.fault = (path, at)
        yield
        self.wire.fault = None

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database as it is, for the time of a look."""
        opened = Database.open(self.url)
        try:
            yield opened
        finally:
            await opened.close()

    async def verified(self) -> bool:
        """Every line of every journal is there, as it was written."""
        async with self.database() as database:
            return (await database.read(lambda db: journal.verify(db))).whole

    async def codes(self, to: str) -> list[str]:
        """The one-time codes sent to that address, the newest first."""
        answer = await self.client.get("/sandbox/inbox", params={"to": to}, headers={"accept": "application/json"})
        found = (re.search(r"\b\d{6}\b", letter["text"]) for letter in answer.json())
        return [one[0] for one in found if one]

    async def code(self, to: str) -> str:
        """The newest one."""
        return (await self.codes(to))[0]

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
