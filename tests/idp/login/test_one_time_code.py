"""The one-time code: six digits, used once, ten minutes, five tries, another after thirty seconds."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from consent import journal
from idp.login import store
from idp.login.methods import one_time_code
from idp.login.pages import code as page
from idp.login.tables import logins, one_time_codes
from idp.sessions import store as sessions
from tests.idp.door import PASSWORD, Browser, Door

MOBILE = "+33639980002"


@pytest.fixture
async def waiting(door: Door) -> Door:
    """Inaya has an account."""
    await door.enrol(door.inaya, "inaya.michel")
    return door


async def begin(door: Door, browser: Browser) -> str:
    """The password is given; the code that was sent."""
    await browser.get("/signin")
    await browser.send(identifier="inaya.michel", password=PASSWORD)
    assert browser.path == "/signin/code"
    await door.post()
    return door.mailbox.code(MOBILE)


def other_than(code: str, many: int = 1) -> list[str]:
    """Codes that are not that one."""
    return [f"{(int(code) + more) % 1_000_000:06d}" for more in range(1, many + 1)]


@pytest.mark.rule("R030")
async def test_a_code_serves_once(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        filled = {"csrf": browser.form()[1]["csrf"], "code": code}
        cookie = browser.http.cookies["signin"]
        await browser.send(code=code)
        assert browser.path == "/espace/"
        session = browser.http.cookies["session"]
        browser.http.cookies.clear()
        async with waiting.browser() as thief:
            thief.http.cookies.update({"signin": cookie})
            await thief.get("/signin")
            filled["csrf"] = thief.form()[1]["csrf"]
            answer = await thief.http.post("/signin/code", data=filled)
            assert "session" not in thief.http.cookies
            assert answer.headers["location"] == "/espace/"  # where it led to, without what opens it
        assert session


async def test_of_fifty_uses_of_one_code_at_the_same_time_exactly_one_wins(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        filled = {"csrf": browser.form()[1]["csrf"], "code": code}
        mine = dict(browser.http.cookies)

        async def once() -> bool:
            async with waiting.browser() as other:
                other.http.cookies.update(mine)
                answer = await other.http.post("/signin/code", data=filled)
                assert answer.status_code in {303, 422}
                return "session" in other.http.cookies

        won = Counter(await asyncio.gather(*(once() for _ in range(50))))
    assert won == {True: 1, False: 49}
    now = waiting.ground.clock.now()
    living = await waiting.read(lambda db: sessions.of_person(db, waiting.inaya.id, timedelta(hours=1), now))
    assert len(living) == 1


async def test_five_wrong_codes_and_one_starts_again(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        for left, wrong in zip((4, 3, 2, 1), other_than(code, 4), strict=True):
            await browser.send(code=wrong)
            assert browser.page.status_code == 422
            assert f"Il vous reste {left} essai" in browser.text
        await browser.send(code=other_than(code, 5)[4])
        assert "Trop de codes faux" in browser.text
        assert "/signin" in browser.page.text
        assert "signin" not in browser.http.cookies
        await browser.get("/signin/code")
        assert browser.path == "/signin"
    lines = await waiting.read(lambda db: journal.page(db, waiting.inaya.id))
    assert (lines[0].entry.action, lines[0].entry.outcome) == ("session.refused", "refused")


async def test_the_right_code_after_five_wrong_ones_is_refused(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        filled = {"csrf": browser.form()[1]["csrf"]}
        cookie = browser.http.cookies["signin"]
        for wrong in other_than(code, 5):
            await browser.http.post("/signin/code", data=filled | {"code": wrong})
        browser.http.cookies.update({"signin": cookie})
        answer = await browser.http.post("/signin/code", data=filled | {"code": code})
        assert answer.status_code == 422
        assert "session" not in browser.http.cookies


async def test_fifty_guesses_at_the_same_time_are_five_guesses(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        filled = {"csrf": browser.form()[1]["csrf"]}
        await asyncio.gather(
            *(browser.http.post("/signin/code", data=filled | {"code": wrong}) for wrong in other_than(code, 49))
        )
        row = await waiting.read(lambda db: db.execute(select(logins)).one())
        assert row.tries == 5
        assert row.ended_at is not None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12 34"])
async def test_what_is_no_code_costs_no_try(waiting: Door, typed: str) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        for _ in range(7):
            await browser.send(code=typed)
            assert page.MISSING in browser.text
        await browser.send(code=f" {code[:3]} {code[3:]} ")  # pasted with spaces
        assert browser.path == "/espace/"


async def test_a_code_is_good_for_ten_minutes(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        waiting.ground.clock.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
        await browser.send(code=code)
        assert page.OLD in browser.text
        await browser.send("/signin/code/send")
        await waiting.post()
        await browser.send(code=waiting.mailbox.code(MOBILE))
        assert browser.path == "/espace/"


async def test_another_code_may_be_asked_after_thirty_seconds_and_ends_the_first(waiting: Door) -> None:
    async with waiting.browser() as browser:
        first = await begin(waiting, browser)
        assert 'data-resend="30"' in browser.page.text
        await browser.send("/signin/code/send")
        assert browser.page.status_code == 429
        assert "Attendez encore 30 secondes" in browser.text
        waiting.ground.clock.advance(timedelta(seconds=30))  # type: ignore[attr-defined]
        await browser.get("/signin/code")
        assert 'data-resend="0"' in browser.page.text
        await browser.send("/signin/code/send")
        assert "Un nouveau code est parti" in browser.text
        await waiting.post()
        second = waiting.mailbox.code(MOBILE)
        if first != second:
            await browser.send(code=first)
            assert "Utilisez le dernier code reçu" in browser.text
        await browser.send(code=second)
        assert browser.path == "/espace/"


async def test_asking_for_another_code_gives_no_more_tries(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        for wrong in other_than(code, 4):
            await browser.send(code=wrong)
        waiting.ground.clock.advance(timedelta(seconds=30))  # type: ignore[attr-defined]
        await browser.send("/signin/code/send")
        await waiting.post()
        await browser.send(code=other_than(waiting.mailbox.code(MOBILE))[0])
        assert "Trop de codes faux" in browser.text


async def test_two_codes_asked_at_the_same_time_are_one(waiting: Door) -> None:
    async with waiting.browser() as browser:
        await begin(waiting, browser)
        waiting.ground.clock.advance(timedelta(seconds=30))  # type: ignore[attr-defined]
        filled = {"csrf": browser.form()[1]["csrf"]}
        answers = await asyncio.gather(*(browser.http.post("/signin/code/send", data=filled) for _ in range(10)))
        assert Counter(answer.status_code for answer in answers) == {303: 1, 429: 9}
    await waiting.post()
    assert len(waiting.mailbox.to(MOBILE)) == 2


async def test_codes_that_nobody_uses_are_not_sent_for_ever(waiting: Door) -> None:
    for _ in range(10):
        async with waiting.browser() as browser:
            await begin(waiting, browser)
    async with waiting.browser() as browser:
        await browser.get("/signin")
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        assert browser.page.status_code == 429
    await waiting.post()
    assert len(waiting.mailbox.to(MOBILE)) == 10
    waiting.ground.clock.advance(timedelta(hours=1, seconds=1))  # type: ignore[attr-defined]
    async with waiting.browser() as browser:
        await begin(waiting, browser)


async def test_a_code_that_is_used_clears_those_that_were_not(waiting: Door) -> None:
    for _ in range(2):
        for _ in range(9):
            async with waiting.browser() as browser:
                await begin(waiting, browser)
        waiting.ground.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
        async with waiting.browser() as browser:
            await waiting.sign_in(browser, "inaya.michel", MOBILE)
            assert browser.path == "/espace/"
        waiting.ground.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]


async def test_another_browser_with_the_address_gets_nothing(waiting: Door) -> None:
    async with waiting.browser() as browser, waiting.browser() as other:
        code = await begin(waiting, browser)
        await other.get("/signin/code")
        assert other.path == "/signin"
        filled = {"csrf": other.form()[1]["csrf"], "code": code}
        answer = await other.http.post("/signin/code", data=filled)
        assert answer.headers["location"] == "/signin"
        assert "session" not in other.http.cookies
        await browser.send(code=code)  # and the right browser is not disturbed
        assert browser.path == "/espace/"


async def test_too_late_one_starts_again(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        waiting.ground.clock.advance(timedelta(minutes=31))  # type: ignore[attr-defined]
        await browser.send(code=code)
        assert "Trop de temps a passé" in browser.text
        await browser.send(identifier="inaya.michel", password=PASSWORD)  # the page is ready for it
        assert browser.path == "/signin/code"


async def test_only_the_mark_of_a_code_is_kept(waiting: Door) -> None:
    async with waiting.browser() as browser:
        code = await begin(waiting, browser)
        cookie = browser.http.cookies["signin"]
    rows = await waiting.read(lambda db: [*db.execute(select(one_time_codes)), *db.execute(select(logins))])
    assert code not in str(rows).replace(MOBILE, "")
    assert cookie not in str(rows)


async def test_what_is_over_is_purged_a_bounded_number_at_a_time(waiting: Door) -> None:
    for _ in range(3):
        async with waiting.browser() as browser:
            await begin(waiting, browser)
    now = waiting.ground.clock.now()
    assert await waiting.work(lambda db: store.purge(db, now, 100)) == 0
    later = now + timedelta(days=2)
    assert await waiting.work(lambda db: store.purge(db, later, 2)) == 4
    assert await waiting.work(lambda db: store.purge(db, later, 2)) == 2


def test_six_digits_are_understood_however_they_are_pasted() -> None:
    assert one_time_code.typed(" 012 345\n") == "012345"
    assert one_time_code.typed("０１２３４５") == "012345"
    assert one_time_code.typed("0123456") is None
    assert one_time_code.typed("01234a") is None
