"""A person in Chromium: their tabs, their messages, and everything that a browser could complain of on the way."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Route, expect

from tests.axe import violations
from tests.running import Running

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
]
HEAVY = 100_000
"""Bytes on the wire that no page may pass, all that it needs included, on a first visit."""
PASSWORD = "Une-Phrase-2026!"
WIDTHS = (1280, 360)
expect.set_options(timeout=20_000)
SCHEMES = ("light", "dark")


@dataclass
class Watch:
    """What the browser saw: complaints, requests that leave the origin, weights."""

    origin: str
    faults: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    _now: str = ""
    _for: dict[str, str] = field(default_factory=dict)
    """Request -> the page that it was made for."""

    def heard(self, said: ConsoleMessage) -> None:
        """An error is a fault, but for the status of a page refused on purpose; so is what a policy warns of."""
        expected = (
            said.text.startswith("Failed to load resource") and said.page and said.location["url"] == said.page.url
        )
        if (said.type == "error" or "Policy" in said.text) and not expected:
            self.faults.append(f"{said.location['url']}: console: {said.text}")

    def asked(self, request: Request) -> None:
        """A page asks nothing of anybody else."""
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.faults.append(f"{request.frame.page.url}: asks {request.url}")

    def asks(self, event: dict[str, Any]) -> None:
        """A document begins, or something that it needs; a redirect towards it counts too."""
        if event["type"] == "Document" and "redirectResponse" not in event:
            self._now = urlsplit(event["documentURL"]).path
            self.weights[self._now] = 0
        elif "redirectResponse" in event:
            size = int(event["redirectResponse"]["encodedDataLength"])
            self.weights[self._now] = self.weights.get(self._now, 0) + size
        self._for[event["requestId"]] = self._now

    def got(self, event: dict[str, Any]) -> None:
        """Something is there, of this many bytes with its headers, as compressed as it came."""
        page = self._for.get(event["requestId"], self._now)
        self.weights[page] = self.weights.get(page, 0) + int(event["encodedDataLength"])

    def heavy(self) -> list[str]:
        """Pages that weigh too much."""
        return [f"{path}: {weight} bytes" for path, weight in self.weights.items() if weight > HEAVY]


@dataclass
class Visitor:
    """Someone who came to the demo, with one tab where they do things."""

    server: Running
    context: BrowserContext
    page: Page
    watch: Watch

    async def open(self, address: str) -> None:
        """Type an address."""
        await self.page.goto(self.server.url + address, wait_until="load")

    async def title(self, words: str | re.Pattern[str]) -> None:
        """The page that is shown, or that comes, has this title."""
        await expect(self.page.locator("h1")).to_have_text(words)
        await self.page.wait_for_load_state("load")

    async def press(self, words: str, *, on: Locator | None = None) -> None:
        """Press the button, or follow the link, that begins with these words."""
        begins = re.compile(rf"^{re.escape(words)}")
        place = on or self.page.locator("body")
        found = place.get_by_role("button", name=begins).or_(place.get_by_role("link", name=begins))
        await found.first.click()

    async def write(self, **fields: str) -> None:
        """Fill fields in by their names."""
        for name, value in fields.items():
            await self.page.locator(f"input[name={name}]").fill(value)

    async def choose(self, *choices: str) -> None:
        """Tick boxes and radio buttons by their values."""
        for value in choices:
            await self.page.locator(f"input[value='{value}']").check()

    async def ticked(self) -> list[str]:
        """The values of everything that is ticked on the page."""
        found: list[str] = await self.page.locator("input:checked").evaluate_all("boxes => boxes.map(box => box.value)")
        return found

    async def says(self, *words: str) -> None:
        """The page says so, where it can be seen."""
        for one in words:
            await expect(self.page.locator("main")).to_contain_text(one)

    async def code(self, to: str) -> str:
        """Open another tab on the page of messages, and read the latest code there."""
        tab = await self.context.new_page()
        await tab.goto(f"{self.server.url}/sandbox/inbox?to={to.replace('+', '%2B')}")
        texts = await tab.locator(".sandbox-message").all_inner_texts()
        await tab.close()
        return next(found[0] for text in texts if (found := re.search(r"\b\d{6}\b", text)))

    async def prove(self, key: str) -> None:
        """From the sign-in page: identifier, password, then the code."""
        known = self.server.person(key)
        await self.title("Se connecter")
        await self.write(identifier=known["identifier"], password=known["password"])
        await self.press("Continuer")
        await self.title("Écrivez le code reçu")
        await self.write(code=await self.code(known["mobile"]))
        await self.press("Se connecter", on=self.page.locator("main"))

    async def sign_in(self, key: str = "gabrielle") -> None:
        """Sign in and be at home."""
        await self.open("/espace/connexion")
        await self.prove(key)
        await self.title(re.compile("^Bonjour"))

    async def activate(self, key: str = "inaya") -> None:
        """From the first page of an activation to the home, where children wait."""
        known = self.server.person(key)
        await self.open("/activation")
        await self.write(**{name: known[name] for name in ("provisional_code", "nir", "vitale_serial")})
        await self.press("Continuer")
        await self.title("Que voulez-vous faire ?")
        await self.choose("activate", "yes")
        await self.press("Continuer")
        await self.title("Créer votre accès")
        await self.write(identifier=f"{key}.essai", password=PASSWORD, password_confirmation=PASSWORD)
        await self.press("Activer mon espace")
        await self.title("Écrivez le code reçu")
        await self.write(code=await self.code(known["email"]))
        await self.press("Se connecter", on=self.page.locator("main"))

    async def link(self, *consents: str, duration: str = "P3M") -> None:
        """From the reader app and back, for someone who is signed in."""
        await self.open("/sandbox/glucolink/")
        await self.press("Relier à Mon espace")
        await self.title("GlucoLink veut se relier à votre espace")
        await self.press("Autoriser")
        await self.title("Vos choix pour GlucoLink")
        await self.choose(*consents, duration)
        await self.press("Autoriser")
        await self.title("Vous êtes relié à Mon espace")

    @asynccontextmanager
    async def upload_held(self) -> AsyncIterator[None]:
        """The page that follows an upload hears that it is at 40 %, until this is over: time to look at it."""

        async def going(route: Route) -> None:
            await route.fulfill(json={"running": True, "percent": 40, "words": "584 mesures sur 1 459"})

        await self.page.route("**/uploads/*.json", going)
        yield
        await self.page.unroute("**/uploads/*.json")

    async def examine(self) -> None:
        """Accessible at two widths, in light and in dark; at 320 pixels nothing hangs over. Faults are kept."""
        where = f"{urlsplit(self.page.url).path} ({await self.page.title()})"
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                await self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                self.watch.faults += [f"{where} {width} {scheme}: {fault}" for fault in await violations(self.page)]
        await self.page.set_viewport_size({"width": 320, "height": 800})
        for _ in range(20):  # a curve takes its new width after the page did
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            if wide <= 320:
                break
            await self.page.wait_for_timeout(100)
        else:
            self.watch.faults.append(f"{where}: {wide} pixels wide at 320")
        await self.page.set_viewport_size({"width": 1280, "height": 800})
        await self.page.emulate_media(color_scheme="light")


@asynccontextmanager
async def visiting(server: Running, chromium: Browser, **mood: Any) -> AsyncIterator[Visitor]:
    """A fresh visitor, without any cookie; pages come whole, as on a first visit. They leave when nothing was wrong."""
    width = mood.pop("width", 1280)
    context = await chromium.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", locale="fr-FR", **mood
    )
    context.set_default_timeout(20_000)
    watch = Watch(server.url)
    context.on("console", watch.heard)
    context.on("request", watch.asked)
    context.on("weberror", lambda error: watch.faults.append(f"script: {error.error}"))
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    wire.on("Network.requestWillBeSent", watch.asks)
    wire.on("Network.loadingFinished", watch.got)
    await wire.send("Network.enable")
    await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    try:
        yield Visitor(server, context, page, watch)
        if faults := watch.faults + watch.heavy():
            raise AssertionError("\n".join(faults))
    finally:
        await context.close()
