"""`oidc-client-ts` in Chromium: a web app of another origin signs people in, calls, renews, lets go."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.chromium.visitor import ARGUMENTS
from tests.conftest import CHROMIUM
from tests.interop.scenario import Person
from tests.running import Running

HERE = Path(__file__).parent


@pytest.fixture
def elsewhere(packages: Path) -> Iterator[str]:
    """The app's own origin: one page and the library, as a developer would serve them."""
    library = (packages / "oidc-client-ts/dist/browser/oidc-client-ts.min.js").read_bytes()
    page = (HERE / "page.html").read_bytes()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path.endswith(".js")
            body = library if script else page
            self.send_response(200)
            self.send_header("content-type", "text/javascript" if script else "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    site.server_close()
    thread.join()


@dataclass
class WebApp:
    """The app in a browser, with the person in front of it."""

    server: Running
    origin: str
    page: Page

    async def open(self, *, dpop: bool) -> None:
        settings = {"authority": self.server.url, "client_id": "smart-app", "dpop": dpop}
        await self.page.goto(f"{self.origin}/?{urlencode({'settings': json.dumps(settings)})}")

    async def sign_in(self) -> dict[str, Any]:
        """To the provider, through its pages, and back; gives the user as the library has it."""
        known = self.server.person("gabrielle")
        page, person = self.page, Person(self.server)
        await page.evaluate("() => { manager.signinRedirect(); }")
        await page.locator("[name=identifier]").fill(known["identifier"])
        await page.locator("[name=password]").fill(known["password"])
        await page.locator("[name=password]").press("Enter")
        await expect(page.locator("[name=code]")).to_be_visible()
        await page.locator("[name=code]").fill(await person._code(known["mobile"]))
        await person.browser.close()
        await page.locator("[name=code]").press("Enter")
        await expect(page.get_by_role("button", name="Autoriser")).to_be_visible()
        for box in await page.locator("[type=checkbox][name=scope], [type=checkbox][value='measures:read']").all():
            await box.check()
        for radio in await page.locator("[name=duration][value=P3M]").all():  # asked the first time alone
            await radio.check()
        await page.get_by_role("button", name="Autoriser").click()
        await page.wait_for_url(f"{self.origin}/cb?**")
        user: dict[str, Any] = await page.evaluate("() => manager.signinCallback()")
        return user


@pytest.fixture
async def app(own_demo: Running, elsewhere: str) -> AsyncIterator[WebApp]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await (await browser.new_context(locale="fr-FR")).new_page()
        page.set_default_timeout(20_000)
        yield WebApp(own_demo, elsewhere, page)
        await browser.close()


@pytest.mark.node
@pytest.mark.browser
@pytest.mark.parametrize("dpop", [False, True], ids=["bearer", "dpop"])
async def test_a_web_app_of_another_origin_lives_with_the_provider(app: WebApp, dpop: bool) -> None:
    fhir = f"{app.server.card['resources']['dossier']}/Observation?_count=1"
    await app.open(dpop=dpop)
    user = await app.sign_in()
    assert user["token_type"] == ("DPoP" if dpop else "Bearer")
    assert dpop or user["profile"]["family_name"] == "Capanelli"
    found = await app.page.evaluate("(url) => call(url)", fhir)
    assert (found["status"], found["kind"]) == (200, "Bundle")

    renewed = await app.page.evaluate("() => manager.signinSilent()")
    assert renewed["access_token"] != user["access_token"]
    assert renewed["profile"]["sub"] == user["profile"]["sub"]
    assert (await app.page.evaluate("(url) => call(url)", fhir))["status"] == 200

    await app.page.evaluate("() => manager.revokeTokens(['refresh_token'])")
    refused = await app.page.evaluate("(url) => call(url)", fhir)
    assert refused["status"] == 401
    assert refused["challenge"], "a page of another origin may read why"


@pytest.mark.node
@pytest.mark.browser
async def test_an_answer_to_another_departure_is_not_believed(app: WebApp) -> None:
    await app.open(dpop=False)
    await app.page.goto(f"{app.origin}/cb?code=stolen&state=unknown&iss={app.server.url}")
    said = await app.page.evaluate("() => manager.signinCallback().then(() => '', (error) => error.message)")
    assert "state" in said


@pytest.mark.node
@pytest.mark.browser
async def test_what_knows_people_by_a_cookie_is_closed_to_other_origins(app: WebApp) -> None:
    await app.open(dpop=False)
    tried = """(url) => fetch(url, { credentials: 'include' }).then(() => 'open', () => 'closed')"""
    for path in ("/authorize?client_id=smart-app", "/espace/applications", "/account/sessions", "/introspect"):
        assert await app.page.evaluate(tried, f"{app.server.url}{path}") == "closed", path
    assert urlsplit(app.server.url).hostname != urlsplit(app.origin).hostname
