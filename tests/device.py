"""A device without keyboard (RFC 8628), and its person at a browser."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from clients import store as clients
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party, Reply

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile offline_access"


async def begin(tv: Party, **more: str) -> Reply:
    return await tv.post("/device_authorization", **{"scope": SCOPE, **more})


async def poll(tv: Party, device_code: str, **more: str) -> Reply:
    return await tv.token(grant_type=GRANT, device_code=device_code, **more)


async def opened(house: Home, asked: Reply, browser: Browser | None = None) -> tuple[Browser, Page]:
    """The page of the decision, in a browser that is signed in."""
    browser = browser or await house.sign_in("gabrielle")
    page = await browser.get(asked["verification_uri_complete"])
    return browser, await browser.submit(page, {"user_code": asked["user_code"]})


async def answered(house: Home, asked: Reply, decision: str = "allow", **choices: Any) -> Page:
    browser, page = await opened(house, asked)
    return await browser.submit(page, {"decision": decision, **choices})


def wait(house: Home, seconds: int = 6) -> None:
    house.clock.advance(timedelta(seconds=seconds))


async def other_tv(house: Home, client_id: str, **changes: Any) -> Party:
    await add(house, "tv", client_id, **changes)
    return Party(house, {**house.party("tv"), "client_id": client_id})


async def add(house: Home, like: str, client_id: str, **changes: Any) -> None:
    """A client like one of the demo's."""
    now = house.clock.now()

    def unit(db: Any) -> None:
        known = clients.find(db, like)
        assert known is not None
        clients.add(db, replace(known, client_id=client_id, **changes), now)

    await house.database.work(unit)
