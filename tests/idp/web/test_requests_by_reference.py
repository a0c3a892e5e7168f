"""OpenID Connect Core §6.2: a request object that the provider fetches where its client registered it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from clients.options import Options
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party
from tests.proofs import CALLBACK, ec_key, enrol, registered, request_object
from tests.stands import Stand, said, standing


class Shelf:
    """Where the app puts its request objects."""

    def __init__(self) -> None:
        self.answer = b""
        self.pause = 0.0
        self.stand = Stand()

    async def give(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.pause)
        writer.write(self.answer)
        await writer.drain()


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    made = Shelf()
    async with standing(made.give) as made.stand:
        yield made


@pytest.fixture
async def browser(house: Home) -> Browser:
    return await house.sign_in("gabrielle")


async def app_at(house: Home, *uris: str) -> Party:
    key = ec_key()
    return await enrol(house, registered(house, "jar", key=key, options=Options(request_uris=uris)), key)


async def ask(browser: Browser, app: Party, uri: str) -> Page:
    query = f"client_id={app.client_id}&redirect_uri={CALLBACK}&response_type=code&scope=openid&request_uri={uri}"
    return await browser.get(f"/authorize?{query}")


async def test_what_stands_at_a_registered_address_is_the_request(house: Home, browser: Browser, shelf: Shelf) -> None:
    app = await app_at(house, f"{shelf.stand.url}#digest-of-then")
    shelf.answer = said(request_object(app, app.request(state="inside")).encode() + b"\n")
    back = await app.come_back(browser, await ask(browser, app, f"{shelf.stand.url}%23digest-of-now"))
    assert back["state"] == "inside"
    assert (await app.exchange(back["code"], verifier=app.verifiers["inside"])).status == 200
    assert shelf.stand.asked[0].startswith("GET /x HTTP/1.1")


@pytest.mark.parametrize(
    "answer",
    [
        said(b"", "404 Not Found"),
        said(b"", "302 Found", "location: http://127.0.0.1:1/"),
        said(b"x" * 70_000),
        said(b"\xff\xfe"),
        b"",
    ],
)
async def test_nothing_usable_there_is_told_to_the_app(
    house: Home, browser: Browser, shelf: Shelf, answer: bytes
) -> None:
    app = await app_at(house, shelf.stand.url)
    shelf.answer = answer
    back = app.answer(await ask(browser, app, shelf.stand.url))
    assert back["error"] == "invalid_request_uri"
    assert "127.0.0.1" not in back.get("error_description", "")


async def test_a_page_or_another_s_request_there_is_refused(house: Home, browser: Browser, shelf: Shelf) -> None:
    app = await app_at(house, shelf.stand.url)
    other = Party(house, app.known | {"jwk": ec_key().as_dict(private=True)})
    for body in (b"<html>", b"eyJhbGciOiJub25lIn0.e30.", request_object(other, app.request()).encode()):
        shelf.answer = said(body)
        assert app.answer(await ask(browser, app, shelf.stand.url))["error"] == "invalid_request_object"


async def test_an_address_that_hangs_is_left(house: Home, browser: Browser, shelf: Shelf) -> None:
    app = await app_at(house, shelf.stand.url)
    shelf.pause = 30
    assert app.answer(await ask(browser, app, shelf.stand.url))["error"] == "invalid_request_uri"


@pytest.mark.parametrize("uri", ["https://169.254.169.254/latest", "https://10.0.0.1/r", "http://127.0.0.1:22/r"])
async def test_an_address_inside_is_not_called_though_it_was_registered(
    house: Home, browser: Browser, uri: str
) -> None:
    app = await app_at(house, uri)
    assert app.answer(await ask(browser, app, uri))["error"] == "invalid_request_uri"
