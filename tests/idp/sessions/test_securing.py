"""A locked account, another password: what is open closes, what is under way fails, what is for longer waits."""

from datetime import timedelta

import pytest

from consent import journal
from idp.accounts.hashing import hasher_of
from idp.sessions import securing
from tests.house import Home
from tests.party import party

ALL = {"scope": ["profile", "email"]}


async def test_a_locked_account_stops_apps_and_an_unlocked_one_lets_them_go_on(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    bench = party(house)
    held = await bench.obtain(browser, choices=ALL)
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    assert await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
    assert (await bench.userinfo(held["access_token"])).status == 401
    refused = await bench.refresh(held["refresh_token"])
    assert (refused.status, refused["error"]) == (400, "invalid_grant")
    assert await house.database.work(lambda db: securing.unlock(db, person))
    assert not await house.database.work(lambda db: securing.unlock(db, person))
    house.clock.advance(timedelta(seconds=1))
    again = await bench.refresh(held["refresh_token"])
    assert again.status == 200, again.body
    assert (await browser.get("/account/sessions")).path == "/signin", "sessions stay closed"


@pytest.mark.parametrize("act", ["lock", "password"])
async def test_a_sign_in_under_way_fails(house: Home, act: str) -> None:
    person = house.person("gabrielle")
    browser = house.browser()
    page = await browser.get("/account/sessions")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    code, now = await house.code(person["mobile"]), house.clock.now()
    if act == "lock":
        await house.database.work(lambda db: securing.lock(db, house.idp, person["person_id"], now))
        await house.database.work(lambda db: securing.unlock(db, person["person_id"]))
    else:
        await house.database.work(lambda db: securing.change_password(db, house.idp, person["person_id"], "x", now))
    await browser.submit(page, {"code": code})
    assert (await browser.get("/account/sessions")).path == "/signin"


async def test_the_new_password_opens_a_session_and_the_former_one_does_not(house: Home) -> None:
    person, now = house.person("gabrielle"), house.clock.now()
    kept = await hasher_of(house.idp.settings).hash("Une-Autre-2027!")
    unit = house.database.work
    assert await unit(lambda db: securing.change_password(db, house.idp, person["person_id"], kept, now))
    browser = house.browser()
    page = await browser.get("/account/sessions")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    assert page.path == "/signin"
    page = await house.through(browser, page, person | {"password": "Une-Autre-2027!"})
    assert page.path == "/account/sessions"


async def test_nobody_gets_a_password_who_has_no_account(house: Home) -> None:
    person, now = house.person("nadia")["person_id"], house.clock.now()
    assert not await house.database.work(lambda db: securing.change_password(db, house.idp, person, "x", now))
    assert not await house.database.work(lambda db: securing.lock(db, house.idp, person, now))


async def test_the_ends_are_in_the_persons_journal(house: Home) -> None:
    await house.sign_in("gabrielle")
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
    lines = await house.database.read(lambda db: journal.page(db, person))
    assert (lines[0].entry.action, lines[0].entry.because) == ("session.ended", "security")
