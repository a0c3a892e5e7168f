"""The patterns page as Chromium shows it: accessible, within its policy, whole with and without JavaScript."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from kit.pages import Pages
from tests.axe import violations
from tests.conftest import CHROMIUM

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NAV = [
    {"label": "Accueil", "href": "/", "icon": "house"},
    {"label": "Mes mesures", "href": "/measures", "icon": "heart-pulse"},
    {"label": "Mes applications", "href": "/patterns", "icon": "smartphone"},
    {"label": "Historique", "href": "/history", "icon": "history"},
]
PRESSED = (
    ".button, .menu-button, .input, .choice, summary, .back-link, .reveal, .copy, .nav a, .pagination a, "
    ".breadcrumb a, .summary-action a, .task-link, .footer-links a, .file"
)
CALM: dict[str, Any] = {"reduced_motion": "reduce"}
Show = Callable[..., Awaitable[Page]]


@pytest.fixture
async def address(pages: Pages) -> AsyncIterator[str]:
    """Where the patterns page is served, for the time of a test."""

    async def patterns(request: Request) -> Response:
        shell: dict[str, Any] = {
            "person": "Gabrielle Capanelli",
            "nav": NAV,
            "sign_out": "/sign-out",
            "banner": "Démonstration.",
        }
        return pages.render(request, "patterns/index.html", **shell)

    app = Starlette(routes=[Route("/patterns", patterns), Mount("/static", pages.assets)])
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/patterns"
    server.should_exit = True
    await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def show(chromium: Browser, address: str) -> Show:
    """The patterns page at a width, in a mood; what the browser complains of fails the test."""

    async def shown(width: int, **mood: Any) -> Page:
        context = await chromium.new_context(viewport={"width": width, "height": 800}, **CALM, **mood)
        page = await context.new_page()
        page.on("console", lambda said: pytest.fail(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        await page.goto(address, wait_until="load")
        return page

    return shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_nothing(show: Show, scheme: str, width: int) -> None:
    assert await violations(await show(width, color_scheme=scheme)) == []


@pytest.mark.parametrize(("width", "letters"), [(320, "100%"), (640, "100%"), (1280, "225%")])
async def test_the_page_never_scrolls_sideways(show: Show, width: int, letters: str) -> None:
    """WCAG 2.2 §1.4.10 (320 px) and §1.4.4: 1280 px zoomed twice is 640 px; letters alone twice as large."""
    page = await show(width)
    await page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
    assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_what_one_presses_is_large_enough(show: Show) -> None:
    page = await show(360)
    small = await page.evaluate(
        """pressed => [...document.querySelectorAll(pressed)].filter(one => one.checkVisibility())
             .map(one => [one.className || one.textContent, one.getBoundingClientRect()])
             .filter(([, box]) => box.height < 44 || box.width < 44)
             .map(([name, box]) => `${name} ${box.width}x${box.height}`)""",
        PRESSED,
    )
    assert small == []


async def test_everything_is_there_without_javascript(show: Show) -> None:
    page = await show(1280, java_script_enabled=False)
    assert await page.locator(".chart-still svg").is_visible()
    assert not await page.locator(".chart-live").is_visible()
    await page.get_by_text("Voir le tableau").click()
    assert await page.get_by_role("table", name="Glycémie, 48 heures").is_visible()
    assert not await page.locator(".reveal").first.is_visible()
    assert not await page.get_by_role("button", name="Renvoyer un code").is_disabled()


async def test_the_menu_of_a_phone_opens_without_javascript(show: Show) -> None:
    page = await show(360, java_script_enabled=False)
    assert not await page.get_by_role("navigation", name="Menu principal").is_visible()
    await page.get_by_role("button", name="Menu").click()
    assert await page.get_by_role("navigation", name="Menu principal").is_visible()
    await page.keyboard.press("Escape")
    assert not await page.get_by_role("navigation", name="Menu principal").is_visible()


async def test_javascript_only_adds_comfort(show: Show) -> None:
    page = await show(1280)
    assert await page.locator(".chart-live canvas").is_visible()
    assert await page.locator(".error-summary").evaluate("box => box === document.activeElement")
    field = page.locator("#password")
    await page.locator("[aria-controls=password]").click()
    assert await field.get_attribute("type") == "text"
    await page.locator("[aria-controls=password]").click()
    assert await field.get_attribute("type") == "password"
    assert await page.get_by_role("button", name="Renvoyer un code").is_disabled()
    await page.locator(".chart .u-over").hover()
    assert "mg/dL" in await page.locator(".chart-readout").inner_text()


async def test_the_keyboard_reaches_the_content_first(show: Show) -> None:
    page = await show(1280)
    await page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    link = page.get_by_role("link", name="Aller au contenu")
    await link.focus()
    place = await link.bounding_box()
    assert place is not None
    assert place["y"] >= 0
    await page.keyboard.press("Enter")
    assert await page.locator("main").evaluate("main => main === document.activeElement")


async def test_a_box_is_ticked_by_a_press_anywhere_on_its_frame(show: Show) -> None:
    page = await show(360)
    box = page.locator("#consent")
    await box.check()
    await page.locator(".choice", has=box).click(position={"x": 250, "y": 40})
    assert not await box.is_checked()
