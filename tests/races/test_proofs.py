"""What proves somebody is good once: the code of a sign-in, the code of a letter, the assertion of an app."""

import re

import httpx2
from sqlalchemy import select

from idp.accounts.tables import accounts
from idp.enrolment.tables import provisional_codes
from idp.login.tables import logins, one_time_codes
from idp.sessions.tables import sessions
from idp.tokens.tables import seen_assertions
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import ASSERTION_TYPE
from tests.races.crowd import Crowd, statuses

CHOSEN = {
    "email": "inaya.michel@example.org",
    "mobile": "06 39 98 00 02",
    "password": "Espace-Sante-2026!",
    "password_confirmation": "Espace-Sante-2026!",
}


async def test_of_fifty_uses_of_one_one_time_code_exactly_one_opens_a_session(crowd: Crowd) -> None:
    home, person = crowd.first, crowd.first.person("gabrielle")
    browser = home.browser()
    page = await browser.get("/signin")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    code = await home.code(person["mobile"])
    fields = dict(page.form("code").fields) | {"code": code}
    twins = [await crowd.twin(browser, n) for n in range(len(crowd.homes))]

    async def type_it(number: int, home: Home) -> httpx2.Response:
        own = twins[number % len(twins)].client
        return await own.post("/signin/code", data=fields, headers={"origin": browser.origin})

    replies = await crowd.together(type_it)
    opened = [one for one in replies if any(c.startswith("session=") for c in one.headers.get_list("set-cookie"))]
    assert len(opened) == 1
    assert set(statuses(replies)) <= {303, 422}
    assert await crowd.rows(sessions, ended_at=None) == 1
    assert await crowd.rows(one_time_codes, used_at=None) == 0
    assert await crowd.lines("session.started") == 1
    assert await crowd.whole()


async def test_wrong_codes_typed_all_at_once_are_counted_all_the_same(crowd: Crowd) -> None:
    """Fifty guesses at the same instant are five tries and forty-five refusals: the right one comes too late."""
    home, person = crowd.first, crowd.first.person("gabrielle")
    browser = home.browser()
    page = await browser.get("/signin")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    code = await home.code(person["mobile"])
    fields = dict(page.form("code").fields)
    twins = [await crowd.twin(browser, n) for n in range(len(crowd.homes))]

    async def guess(number: int, home: Home) -> httpx2.Response:
        wrong = f"{(int(code) + number + 1) % 1_000_000:06}"
        own = twins[number % len(twins)].client
        return await own.post("/signin/code", data=fields | {"code": wrong}, headers={"origin": browser.origin})

    assert set(statuses(await crowd.together(guess))) <= {303, 422}
    late = await browser.client.post("/signin/code", data=fields | {"code": code}, headers={"origin": browser.origin})
    assert late.status_code in {303, 422}
    assert await crowd.rows(sessions) == 0
    tries = await home.database.read(lambda db: db.execute(select(logins.c.tries)).scalars().all())
    assert tries == [5]


async def test_of_fifty_uses_of_one_provisional_code_exactly_one_opens_an_account(crowd: Crowd) -> None:
    """Fifty browsers went as far as the last page with the same letter; they all finish together."""
    home, inaya = crowd.first, crowd.first.person("inaya")
    rivals = [await _as_far_as_the_account(home.browser(f"192.0.2.{n + 1}"), inaya) for n in range(10)]

    async def finish(number: int, home: Home) -> Page:
        browser, page = rivals[number % len(rivals)]
        own = await crowd.twin(browser, number)
        choice = CHOSEN | {"identifier": f"inaya.michel{number}"}
        return await own.submit(page, choice, follow=False)

    ends = [one.location.removeprefix(home.issuer) for one in await crowd.together(finish)]
    assert ends.count("/signin/code") == 1, ends
    assert ends.count("/signin") == 49
    assert await crowd.rows(accounts, person_id=inaya["person_id"]) == 1
    assert await crowd.rows(provisional_codes, person_id=inaya["person_id"], used_at=None) == 0
    assert await crowd.lines("space.activated", "inaya") == 1
    assert await crowd.whole()


async def test_of_fifty_uses_of_one_assertion_exactly_one_proves_the_app(crowd: Crowd) -> None:
    """RFC 7523 §3: whichever process it comes to."""
    assertion = crowd.app(client_id="glucolink").assertion()
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, "token": "rt_" + "x" * 43}

    async def prove(number: int, home: Home) -> httpx2.Response:
        return await home.client.post("/revoke", data=form)

    assert statuses(await crowd.together(prove)) == {200: 1, 401: 49}
    assert await crowd.rows(seen_assertions) == 1


async def _as_far_as_the_account(browser: Browser, person: dict[str, str]) -> tuple[Browser, Page]:
    page = await browser.get("/activation")
    known = {name: person[name] for name in ("provisional_code", "nir", "vitale_serial")}
    page = await browser.submit(page, known)
    page = await browser.submit(page, {"decision": "activate", "accept_terms": "yes"})
    assert re.search("/activation/compte$", page.path), page.text
    return browser, page
