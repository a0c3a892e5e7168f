"""A resource that needs a fresher proof says so, the provider has it given, and the app goes on (RFC 9470)."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace as changed
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from clients.records import Kind
from tests.conftest import SETTINGS
from tests.house import Home, opened
from tests.party import Party, Reply, claims_of, reply
from tests.proofs import enrol, registered

SCOPE = "openid online_access patient/Consent.rus"


@pytest.fixture
async def home(backend: Any, furnished: Any, clock: Any, tmp_path: Any) -> AsyncIterator[Home]:
    """A house where who changes their agreements proved who they are in the last ten minutes."""
    settings = replace(SETTINGS, consent=replace(SETTINGS.consent, change_within=timedelta(minutes=10)))
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as made:
        yield made


async def portal(home: Home) -> Party:
    """A portal of the house's own: in the holder's hands, it changes their agreements."""
    client = registered(home, "other-portal", kind=Kind.PORTAL, first_party=True)
    return await enrol(home, changed(client, scope=frozenset(SCOPE.split())))


async def decide(home: Home, token: str) -> Reply:
    """An act that needs the proof; the agreement it names is not there, which is said only afterwards."""
    headers = {"authorization": f"Bearer {token}"}
    return reply(await home.client.post("/consent/grants/grt_x/pause", json={}, headers=headers))


async def test_the_challenge_is_what_the_app_asks_of_the_provider(home):
    browser, app = await home.sign_in("gabrielle"), await portal(home)
    held = await app.obtain(browser, scope=SCOPE)
    assert (await decide(home, held["access_token"]))["error"] == "grant_unknown"

    home.clock.advance(timedelta(minutes=11))
    held = await app.refresh(held["refresh_token"])
    refused = await decide(home, held["access_token"])
    assert refused.status == 401
    challenge = refused.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="espace", error="insufficient_user_authentication"')
    said = dict(re.findall(r'(acr_values|max_age)="([^"]*)"', challenge))
    assert said == {"acr_values": "eidas2", "max_age": "600"}
    reads = {"authorization": f"Bearer {held['access_token']}"}
    assert (await home.client.get("/consent/grants", headers=reads)).status_code == 200  # to read, it is enough

    page = await app.ask(browser, scope=SCOPE, **said)
    assert page.path.startswith("/signin"), page.location
    page = await home.through(browser, page, home.person("gabrielle"))
    back = app.answer(page)
    fresh = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    claims = claims_of(fresh["access_token"])
    assert claims["acr"] == "eidas2"
    assert claims["auth_time"] == int(home.clock.now().timestamp())
    assert (await decide(home, fresh["access_token"]))["error"] == "grant_unknown"


async def test_with_the_usual_settings_a_session_is_fresh_enough(house):
    browser, app = await house.sign_in("gabrielle"), await portal(house)
    held = await app.obtain(browser, scope=SCOPE)
    house.clock.advance(timedelta(minutes=20))
    held = await app.refresh(held["refresh_token"])
    assert (await decide(house, held["access_token"]))["error"] == "grant_unknown"
