"""The two sides of a scenario: a script plays the app with a client of others; here is the person at a browser."""

import asyncio
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.browser import Browser, Page
from tests.running import Running


class Visitor(Browser):
    """A person's browser on a server of its own process."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.client = httpx2.AsyncClient(base_url=origin, headers={"accept": "text/html"}, timeout=30, trust_env=False)


@dataclass
class Person:
    """Someone at their browser, who reads their messages."""

    server: Running
    key: str = "gabrielle"
    browser: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Visitor(self.server.url)

    async def go(self, url: str, does: dict[str, Any]) -> str:
        """From an address to where the app takes over; on the way, whatever pages ask."""
        page = await self.browser.get(url)
        for _ in range(8):
            if "location" in page.response.headers or page.path.startswith("/sandbox/"):
                return page.location
            page = await self._answer(page, does)
        raise AssertionError(f"pages without end: {page.url}")

    async def _answer(self, page: Page, does: dict[str, Any]) -> Page:
        known = self.server.person(self.key)
        asked = {name for form in page.forms for name in form.names | form.choices.keys()}
        if "password" in asked:
            return await self.browser.submit(
                page, {"identifier": known["identifier"], "password": known["password"]}, follow=True
            )
        if "code" in asked:
            return await self.browser.submit(page, {"code": await self._code(known["mobile"])})
        assert "decision" in asked, (page.status, page.url, page.text[:500])
        wanted: dict[str, Any] = {
            name: does[name] for name in ("consent", "duration", "scope") if name in asked and name in does
        }
        return await self.browser.submit(page, {"decision": does.get("decision", "allow"), **wanted})

    async def _code(self, to: str) -> str:
        answer = await self.browser.client.get(
            self.server.card["inbox"], params={"to": to}, headers={"accept": "application/json"}
        )
        found = next(filter(None, (re.search(r"\b\d{6}\b", letter["text"]) for letter in answer.json())))
        return found[0]


async def play(server: Running, scripts: Path, name: str, client_id: str, who: type[Person] = Person) -> dict[str, Any]:
    """Run a scenario to its end; gives what it told. What it could not do or believe is an AssertionError."""
    person = who(server)
    given = {
        "issuer": server.url,
        "app": server.party(client_id),
        "redirect_uri": outside(server.party(client_id)),
        "fhir": server.card["resources"]["dossier"],
        "ahead": await _ahead(server, person.browser),
    }
    process = await asyncio.create_subprocess_exec(
        *("node", f"{name}.mjs"),
        cwd=scripts,
        env={"PATH": os.environ["PATH"], "GIVEN": json.dumps(given)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    complaints = asyncio.create_task(process.stderr.read())
    told: dict[str, Any] | None = None
    try:
        async with asyncio.timeout(60):
            while line := await process.stdout.readline():
                match json.loads(line):
                    case {"open": str(url), "does": dict(does)}:
                        answer = {"back": await person.go(url, does)}
                    case {"wait": str(duration)}:
                        answer = {}
                        moved = await person.browser.client.post(server.card["clock"], json={"advance": duration})
                        assert moved.status_code == 200, moved.text
                    case {"told": dict(facts)}:
                        told = facts
                        break
                    case other:
                        raise AssertionError(f"{name}.mjs says {other}")
                process.stdin.write(json.dumps(answer).encode() + b"\n")
                await process.stdin.drain()
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said = (await complaints).decode()
        await person.browser.close()
    assert code == 0, said
    assert told is not None, said
    return told


def outside(party: dict[str, Any]) -> str:
    """The app's redirect address that is a script's own: the one on the loopback; empty for an app that has none."""
    return next((str(uri) for uri in party["redirect_uris"] if uri.startswith("http://127.0.0.1/")), "")


async def _ahead(server: Running, browser: Visitor) -> int:
    answer = await browser.client.get(server.card["clock"], headers={"accept": "application/json"})
    return int(answer.json()["ahead_seconds"])
