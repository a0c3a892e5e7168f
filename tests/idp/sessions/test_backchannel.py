"""A session ends: each app that took part is told on its own line, until it has heard."""

from datetime import timedelta

import pytest

from clients import store as clients
from idp.login.next import sign_in_link
from idp.sessions import securing
from kit import outbox
from tests.browser import Browser
from tests.house import Home
from tests.party import claims_of, party
from tests.receiver import receiving, register, verified

ALL = {"scope": ["profile", "email"]}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


async def signed_out(browser: Browser) -> None:
    page = await browser.get("/logout")
    await browser.submit(page, form=page.form(action="/logout/confirm"))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_the_token_says_who_left_which_session_and_is_ours(house: Home, algorithm: str) -> None:
    from dataclasses import replace

    async with receiving() as app:
        await register(house, "bench", backchannel_logout_uri=app.url, backchannel_logout_session_required=True)

        def unit(db):  # type: ignore[no-untyped-def]
            known = clients.find(db, "bench")
            return clients.replace(db, replace(known, id_token_signed_response_alg=algorithm), house.clock.now())

        await house.database.work(unit)
        house.house.clients.forget("bench")
        browser = await house.sign_in("gabrielle")
        held = await party(house).obtain(browser, choices=ALL)
        told = claims_of(held["id_token"])
        await signed_out(browser)
        assert app.logout_tokens == []
        await house.ground.outbox.drain()
        [token] = app.logout_tokens
        assert app.heads[0].lower().startswith("post /x ")
        assert "content-type: application/x-www-form-urlencoded" in app.heads[0].lower()
        header, claims = await verified(house, token)
        assert (header["typ"], header["alg"]) == ("logout+jwt", algorithm)
        assert claims["events"] == {EVENT: {}}
        assert (claims["iss"], claims["aud"]) == (house.issuer, "bench")
        assert (claims["sub"], claims["sid"]) == (told["sub"], told["sid"])
        assert claims["exp"] - claims["iat"] == 120
        assert claims["jti"]
        assert "nonce" not in claims


async def test_the_provider_says_that_it_tells(house: Home) -> None:
    said = (await house.client.get("/.well-known/openid-configuration")).json()
    for channel in ("backchannel", "frontchannel"):
        assert said[f"{channel}_logout_supported"] is True
        assert said[f"{channel}_logout_session_supported"] is True


async def test_only_apps_that_took_part_in_that_session_are_told(house: Home) -> None:
    async with receiving() as one, receiving() as other:
        await register(house, "bench", backchannel_logout_uri=one.url)
        await register(house, "mobile", backchannel_logout_uri=other.url)
        here = await house.sign_in("gabrielle")
        house.clock.advance(timedelta(minutes=1))
        there = await house.sign_in("gabrielle", house.browser())
        await party(house).obtain(here, choices=ALL)
        await party(house, "mobile").obtain(there, choices=ALL)
        await signed_out(here)
        await house.ground.outbox.drain()
        assert (len(one.logout_tokens), len(other.logout_tokens)) == (1, 0)
        assert claims_of(one.logout_tokens[0])["aud"] == "bench"
        await signed_out(there)
        await house.ground.outbox.drain()
        assert (len(one.logout_tokens), len(other.logout_tokens)) == (1, 1)
        sub, other_sub = (claims_of(app.logout_tokens[0])["sub"] for app in (one, other))
        assert sub != other_sub, "each app knows the person by a name of its own"


async def test_an_app_that_only_holds_a_code_is_told_too(house: Home) -> None:
    async with receiving() as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        browser = await house.sign_in("gabrielle")
        bench = party(house)
        await bench.come_back(browser, await bench.ask(browser), scope=["profile", "email"])
        await signed_out(browser)
        await house.ground.outbox.drain()
        assert len(app.logout_tokens) == 1


async def test_what_was_agreed_for_longer_goes_on_and_what_lived_with_the_session_is_over(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    bench = party(house)
    lasting = await bench.obtain(browser, choices=ALL)
    await register(house, "bench", scope=frozenset({"online_access"}))
    passing = await bench.obtain(browser, scope="openid profile email online_access")
    await signed_out(browser)
    refused = await bench.refresh(passing["refresh_token"])
    assert refused.status == 400, refused.body
    assert (await bench.refresh(lasting["refresh_token"])).status == 200


async def test_stopping_a_connection_from_elsewhere_tells_its_apps(house: Home) -> None:
    async with receiving() as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        there = await house.sign_in("gabrielle")
        await party(house).obtain(there, choices=ALL)
        house.clock.advance(timedelta(minutes=1))
        here = await house.sign_in("gabrielle", house.browser())
        page = await here.get("/account/sessions")
        await here.submit(page, {"stop": "others"}, form=page.forms[-1])
        await house.ground.outbox.drain()
        assert len(app.logout_tokens) == 1


async def test_another_person_on_the_same_browser_tells_the_apps_of_the_first(house: Home) -> None:
    async with receiving() as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        browser = await house.sign_in("gabrielle")
        await party(house).obtain(browser, choices=ALL)
        house.clock.advance(timedelta(minutes=1))
        link = sign_in_link(house.idp, "/account/sessions", fresh_since=house.clock.now())
        await house.through(browser, await browser.get(link), house.person("jeanne"))
        await house.ground.outbox.drain()
        assert len(app.logout_tokens) == 1


@pytest.mark.parametrize("act", ["lock", "password"])
async def test_a_lock_or_another_password_ends_every_session_and_tells(house: Home, act: str) -> None:
    async with receiving() as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        browser = await house.sign_in("gabrielle")
        await party(house).obtain(browser, choices=ALL)
        person, now = house.person("gabrielle")["person_id"], house.clock.now()
        if act == "lock":
            assert await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
            assert not await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
        else:
            assert await house.database.work(lambda db: securing.change_password(db, house.idp, person, "x", now))
        await house.ground.outbox.drain()
        assert len(app.logout_tokens) == 1
        page = await party(house).ask(browser, prompt="none")
        assert party(house).answer(page)["error"] == "login_required"


async def test_an_app_that_does_not_answer_is_told_again_with_a_fresh_token(house: Home) -> None:
    async with receiving("503 Service Unavailable", "400 Bad Request", "200 OK") as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        browser = await house.sign_in("gabrielle")
        await party(house).obtain(browser, choices=ALL)
        await signed_out(browser)
        await house.ground.outbox.drain()
        await house.ground.outbox.drain()
        assert len(app.logout_tokens) == 1, "not before its time"
        for _ in range(2):
            house.clock.advance(timedelta(minutes=5))
            await house.ground.outbox.drain()
        tokens = [claims_of(token) for token in app.logout_tokens]
        assert len({one["jti"] for one in tokens}) == 3
        for token in app.logout_tokens:
            assert claims_of(token)["exp"] - claims_of(token)["iat"] == 120
        house.clock.advance(timedelta(hours=7))
        assert await house.ground.outbox.drain() == 0


async def test_what_was_given_up_is_seen_and_can_be_tried_again(house: Home) -> None:
    async with receiving("500 Internal Server Error") as app:
        await register(house, "bench", backchannel_logout_uri=app.url)
        browser = await house.sign_in("gabrielle")
        await party(house).obtain(browser, choices=ALL)
        await signed_out(browser)
        for _ in range(15):
            await house.ground.outbox.drain()
            house.clock.advance(timedelta(hours=7))
        [dead] = await house.database.read(lambda db: outbox.undone(db, dead=True))
        assert (dead.kind, dead.about, dead.attempts) == ("logout.backchannel", "bench", 12)
        assert dead.last_error == "status 500"
        figures = (await house.client.get("/metrics")).text
        assert "\ndeliveries_dead 1.0" in figures
        app.answer("200 OK")
        now = house.clock.now()
        assert await house.database.work(lambda db: outbox.again(db, now)) == 1
        assert await house.ground.outbox.drain() == 1
        assert len(app.logout_tokens) == 13
        assert await house.ground.outbox.dead() == 0


async def test_a_private_address_is_never_called(house: Home) -> None:
    await register(house, "bench", backchannel_logout_uri="https://10.0.0.1/out")
    browser = await house.sign_in("gabrielle")
    await party(house).obtain(browser, choices=ALL)
    await signed_out(browser)
    await house.ground.outbox.drain()
    [waiting] = await house.database.read(lambda db: outbox.undone(db, dead=False))
    assert waiting.last_error == "an address that we do not call"
