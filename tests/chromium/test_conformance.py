"""The `browser` block of the demo's card does what a conformance suite needs of it, in Chromium without JavaScript."""

import secrets
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from cryptography import x509
from playwright.async_api import Browser, BrowserContext, Page

from kit.seals import Vault
from service.demo.authority import Authority
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
SUITE = b'<!doctype html><title>Suite</title><p id="submission_complete">OK</p>'


class Suite(ThreadingHTTPServer):
    """The suite at its address: it remembers what came to it, and says that it has it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.came: list[tuple[str, str, str]] = []
        served = Authority(Vault(bytes(32))).server([x509.DNSName("localhost")])
        (folder / "suite.pem").write_text(served.certificate + served.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "suite.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Suite

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

    def _answer(self, body: str) -> None:
        self.server.came.append((self.command, self.path, body))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(SUITE)))
        self.end_headers()
        self.wfile.write(SUITE)

    def log_message(self, *args: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    server = Suite(tmp_path_factory.mktemp("suite"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, suite: Suite) -> Iterator[Running]:
    more = ("--conformance", "--suite", suite.origin, "--alias", "essai")
    one = Running(tmp_path_factory.mktemp("conformance") / "data", extra=more)
    one.start()
    yield one
    assert one.stop() == 0
    assert not one.leaks()


@pytest_asyncio.fixture(loop_scope="module")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """One module of the suite: no cookie yet."""
    made = await chromium.new_context(java_script_enabled=False, ignore_https_errors=True)
    yield made
    await made.close()


async def drive(page: Page, url: str, block: list[dict[str, Any]]) -> list[str]:
    """As the suite does: the entry that matches the address, its tasks in their order; gives those that were done."""
    tasks = next(one["tasks"] for one in block if matches(url, one["match"]))
    await page.goto(url)
    done = []
    for task in tasks:
        if not matches(page.url, task["match"]):
            assert task["optional"], (task["task"], page.url)
            continue
        for command in task["commands"]:
            await carry_out(page, command)
        done.append(task["task"])
    return done


async def carry_out(page: Page, command: list[Any]) -> None:
    what, by, target, *rest = command
    place = page.locator(f"#{target}" if by == "id" else target)
    if not await place.count():
        assert str(command[-1]).endswith("optional"), command
        return
    match what:
        case "text":
            await place.fill(rest[0])
        case "click" if "button" in target:
            async with page.expect_navigation():
                await place.click()
        case "click":
            await place.click()
        case "wait":
            await place.wait_for(timeout=rest[0] * 1000)


def matches(url: str, pattern: str) -> bool:
    """A `*` is anything; nothing else is special."""
    return fnmatchcase(url, pattern.replace("[", "[[]").replace("?", "[?]"))


def asked(server: Running, **changes: str) -> str:
    app = server.party("compat-basic")
    said = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": next(uri for uri in app["redirect_uris"] if "/test/a/" in uri),
        "scope": "openid profile email measures:read",
        "state": secrets.token_urlsafe(8),
        **changes,
    }
    return f"{server.url}/authorize?{urlencode(said)}"


def answer(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


async def test_it_signs_in_agrees_and_comes_back_and_the_second_time_nothing_is_asked(
    context: BrowserContext, expected: Running
) -> None:
    block = expected.card["conformance"]["browser"]
    page = await context.new_page()
    assert await drive(page, asked(expected), block) == ["Sign in", "Decide", "Back at the suite"]
    assert answer(page)["code"]
    assert await drive(page, asked(expected, prompt="none"), block) == ["Back at the suite"]
    assert answer(page)["code"]
    assert await drive(page, asked(expected, prompt="login"), block) == ["Sign in", "Back at the suite"]
    assert answer(page)["code"]


async def test_it_shows_a_request_that_cannot_be_answered(context: BrowserContext, expected: Running) -> None:
    page = await context.new_page()
    wrong = asked(expected, redirect_uri="https://elsewhere.example/cb")
    assert await drive(page, wrong, expected.card["conformance"]["browser"]) == ["Refused at once"]
    assert page.url.startswith(expected.url)


async def test_it_refuses_where_a_module_wants_that(context: BrowserContext, expected: Running) -> None:
    overridden = expected.card["conformance"]["override"]
    for module in overridden.values():
        page = await context.new_page()
        await drive(page, asked(expected, prompt="login consent"), module["browser"])
        assert answer(page)["error"] == ["access_denied"]


async def test_it_signs_out(context: BrowserContext, expected: Running) -> None:
    block = expected.card["conformance"]["browser"]
    page = await context.new_page()
    await drive(page, asked(expected), block)
    done = await drive(page, f"{expected.url}/logout", block)
    assert done[0] == "Signed out, or asked to"
    await drive(page, asked(expected, prompt="none"), block)
    assert answer(page)["error"] == ["login_required"]


async def test_a_form_comes_back_by_itself(chromium: Browser, expected: Running, suite: Suite) -> None:
    """`response_mode=form_post` needs a script: the suite's browser runs it."""
    context = await chromium.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await drive(page, asked(expected, response_mode="form_post"), expected.card["conformance"]["browser"])
    await page.wait_for_selector("#submission_complete")
    method, path, body = next(one for one in reversed(suite.came) if "callback" in one[1])
    assert (method, urlsplit(path).query) == ("POST", "")
    assert "code=" in body
    await context.close()
