"""What was used before a restart stays used after it, what was good stays good: no process keeps it to itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.database import Database
from tests.conftest import SETTINGS
from tests.databases import Postgres, Sqlite
from tests.holder import USERINFO, Holder
from tests.house import Home, StillClock, opened
from tests.negatives import doors
from tests.party import ASSERTION_TYPE, party

Start = Callable[[], Awaitable[Home]]


@pytest.fixture
async def start(
    backend: Sqlite | Postgres, furnished: dict[str, Any], clock: StillClock, tmp_path: Path
) -> AsyncIterator[Start]:
    """Start the house; the one that ran is ended before."""
    async with backend.copy(filled=True) as first, AsyncExitStack() as whole:
        address = first.engine.url.render_as_string(hide_password=False)
        running: list[AsyncExitStack] = []

        async def again() -> Home:
            if running:
                await running.pop().aclose()
            stack = await whole.enter_async_context(AsyncExitStack())
            running.append(stack)
            database = Database.open(address, synchronous="OFF")
            return await stack.enter_async_context(opened(SETTINGS, tmp_path, clock, database, furnished))

        yield again


async def test_every_gift_is_good_after_a_restart_and_none_is_good_twice(start: Start) -> None:
    before = await start()
    held = await doors.held(before, await before.sign_in("gabrielle"), "offline")
    home = await start()
    browser = home.browser()
    browser.client.cookies = held.browser.client.cookies
    app = party(home)
    app.verifiers = held.app.verifiers
    after = doors.Held(
        home, app, browser, held.code, held.verifier, held.access, held.refresh, held.device_code, held.auth_req_id,
        held.request_uri, held.state,
    )  # fmt: skip
    assert {name for name, use in doors.DOORS.items() if await use(after)} == doors.DOORS.keys()
    later = await start()
    app = party(later)
    app.verifiers = held.app.verifiers
    after.home, after.app, after.browser = later, app, later.browser()
    after.browser.client.cookies = browser.client.cookies
    for once in ("authorization_code", doors.DeviceCode.GRANT_TYPE, doors.BackchannelAuthentication.GRANT_TYPE):
        assert not await doors.GRANT_TYPES[once](after), once
    assert not await doors.pushed(after)


async def test_a_refresh_token_used_before_the_restart_ends_its_family_after_it(start: Start) -> None:
    home = await start()
    tokens = await party(home).obtain(await home.sign_in("gabrielle"), choices={"scope": ["email"]})
    second = await party(home).refresh(tokens["refresh_token"])
    home.clock.advance(timedelta(seconds=31))
    home = await start()
    assert (await party(home).refresh(tokens["refresh_token"])).refused_with("invalid_grant", "token_reused")
    assert (await party(home).refresh(second["refresh_token"])).refused_with("invalid_grant", "token_reused")


async def test_a_proof_and_an_assertion_seen_before_the_restart_are_seen_after_it(start: Start) -> None:
    home = await start()
    holder = Holder(party(home))
    token = (await holder.obtain(await home.sign_in("gabrielle"), choices={"scope": ["email"]}))["access_token"]
    proof = holder.proof("GET", USERINFO, token)
    assert (await holder.get(USERINFO, token, proof=proof)).status == 200
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": party(home, "glucolink").assertion()}
    assert (await home.client.post("/revoke", data={**form, "token": "x"})).status_code == 200
    home = await start()
    again = Holder(party(home), holder.signer)
    assert (await again.get(USERINFO, token, proof=proof)).status == 401
    assert (await again.get(USERINFO, token)).status == 200
    assert (await home.client.post("/revoke", data={**form, "token": "x"})).status_code == 401
