"""The portal as Chromium shows it: nothing for axe to find, fit for a narrow screen, whole without JavaScript."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from jinja2 import BytecodeCache
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from kit.csrf import Csrf
from kit.pages import Pages
from portal import web
from portal.scene import Credential, Demo, DemoLink, Scene
from portal.sessions import cookie_name
from tests.axe import violations
from tests.conftest import CHROMIUM, ROOT
from tests.portal.conftest import Browser, refused
from tests.portal.furnished import APP, OUTSIDE, PAGES, furnish
from tests.portal.stand_in import StandIn

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DEMO = Demo(
    (Credential("Gabrielle Capanelli", "Son espace est actif.", (("Identifiant", "gabrielle.capanelli"),)),),
    (DemoLink("Messages reçus", "/sandbox/inbox", "Les codes envoyés.", "inbox"),),
)
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def address(scene: Scene, services: StandIn, compiled: BytecodeCache) -> AsyncIterator[str]:
    """Where the portal is served for the time of a test."""
    furnish(services)
    listening = socket.create_server(("127.0.0.1", 0))
    origin = f"http://localhost:{listening.getsockname()[1]}"
    csrf = Csrf(scene.ground.vault.key("csrf"), origin)
    pages = Pages(ROOT / "templates", ROOT / "static", csrf=csrf)
    pages.environment.bytecode_cache = compiled
    shown = replace(scene, ground=replace(scene.ground, csrf=csrf, pages=pages), demo=DEMO)
    routes = [*web.routes(shown), Mount("/static", pages.assets)]
    app = Starlette(routes=routes, exception_handlers={Exception: refused})
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield origin
    server.should_exit = True
    await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        await made.close()


@pytest.fixture
async def show(chromium: Chromium, address: str, browser: Browser, scene: Scene) -> Open:
    """A tab at a width; its person is signed in. What the browser complains of fails the test."""
    await browser.sign_in()
    name = cookie_name(scene.settings)
    held = browser.http.cookies[name]

    async def opened(width: int, *, known: bool = True, **mood: Any) -> Page:
        context = await chromium.new_context(
            viewport={"width": width, "height": 800}, reduced_motion="reduce", base_url=address, **mood
        )
        if known:
            await context.add_cookies([{"name": name, "value": held, "url": address}])
        page = await context.new_page()
        page.on("console", lambda said: pytest.fail(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        return page

    return opened


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
async def test_nothing_is_wrong_and_nothing_hangs_over(show: Open, width: int, scheme: str) -> None:
    faults: list[str] = []
    page = await show(width, color_scheme=scheme)
    stranger = await show(width, color_scheme=scheme, known=False)
    for tab, paths in ((page, PAGES), (stranger, OUTSIDE)):
        for path in paths:
            await tab.goto(path, wait_until="load")
            faults += [f"{path}: {fault}" for fault in await violations(tab)]
            if await tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{path}: wider than {width} pixels")
    assert faults == []


async def test_a_page_weighs_less_than_a_hundred_kilobytes(show: Open) -> None:
    page = await show(1280)
    for path in PAGES:
        got = await page.goto(path, wait_until="load")
        assert got is not None
        assert len(await got.body()) < 100_000, path


async def test_everything_is_there_without_javascript(show: Open) -> None:
    page = await show(1280, java_script_enabled=False)
    await page.goto("/espace/mesures/glycemie")
    assert await page.locator(".chart-still svg polyline").count() > 0
    await page.get_by_text("Voir le tableau").click()
    assert await page.get_by_role("table").first.is_visible()
    await page.goto(APP)
    await page.get_by_role("link", name="Modifier GlucoLink").click()
    await page.get_by_label("Lire vos mesures").uncheck()
    await page.get_by_role("button", name="Voir ce qui change").click()
    assert await page.get_by_text("GlucoLink ne pourra plus lire vos mesures.").is_visible()


async def test_the_curve_answers_the_pointer(show: Open) -> None:
    page = await show(1280)
    await page.goto("/espace/mesures/glycemie", wait_until="load")
    await page.locator(".u-over").hover()
    await expect(page.locator(".chart-readout")).to_contain_text("mg/dL")


async def test_an_app_is_paused_from_the_keyboard_alone(show: Open, services: StandIn) -> None:
    page = await show(1280)
    await page.goto(APP)
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.innerText.startsWith('Suspendre')"):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/grt_1?fait=suspendre")
    assert services.asked("POST", "/consent/grants/grt_1/pause") == [{"version": 3}]
