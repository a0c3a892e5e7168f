"""Once is once: many at the same time, a power cut half-way, guesses one after the other."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from consent import journal, spaces_store
from consent.spaces import State
from idp.accounts import register
from idp.accounts import store as accounts
from idp.accounts.tables import accounts as accounts_table
from idp.enrolment import store
from idp.enrolment.pages.identify import REFUSED
from idp.enrolment.tables import enrolments, provisional_codes
from kit.periods import Period
from tests.idp.door import NIR, Door
from tests.idp.enrolment.steps import CHOSEN, accept, identify, walk


async def test_of_fifty_uses_of_one_code_at_the_same_time_exactly_one_wins(door: Door) -> None:
    """Fifty browsers got as far as the last page with the same letter; they all finish together."""
    async with door.browser() as browser:
        await identify(door, browser)
        await accept(browser)
        csrf = browser.form()[1]["csrf"]
        cookies = dict(browser.http.cookies)
        rivals = []
        for _ in range(49):
            browser.http.cookies.delete("activation")
            await identify(door, browser)
            await accept(browser)
            rivals.append(dict(browser.http.cookies))

        async def finish(number: int, mine: dict[str, str]) -> str:
            async with door.browser() as other:
                other.http.cookies.update(mine)
                filled = CHOSEN | {"identifier": f"inaya.michel{number}", "csrf": csrf}
                answer = await other.http.post("/activation/compte", data=filled)
                return answer.headers["location"]

        ends = Counter(await asyncio.gather(*(finish(n, mine) for n, mine in enumerate([cookies, *rivals]))))
    assert ends == {"/signin/code": 1, "/signin": 49}
    count = select(func.count()).select_from(accounts_table)
    assert await door.read(lambda db: db.execute(count).scalar_one()) == 1
    lines = await door.read(lambda db: journal.page(db, door.inaya.id))
    assert [line.entry.action for line in lines].count("space.activated") == 1


async def test_the_same_form_sent_twice_at_once_activates_once(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await accept(browser)
        filled = CHOSEN | {"csrf": browser.form()[1]["csrf"]}
        both = await asyncio.gather(*(browser.http.post("/activation/compte", data=filled) for _ in range(2)))
        assert sorted(answer.headers["location"] for answer in both) == ["/signin", "/signin/code"]


class Cut(BaseException):
    """The power went."""


async def test_a_cut_between_any_two_statements_leaves_a_state_from_which_one_goes_on(door: Door) -> None:
    engine = door.ground.database.engine.sync_engine
    seen = 0
    cut_at = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == cut_at:
            raise Cut

    writing = 0
    for cut_at in range(1, 60):  # noqa: B007  read by `count`
        async with door.browser() as browser:
            await identify(door, browser)
            await accept(browser)
            filled = CHOSEN | {"csrf": browser.form()[1]["csrf"]}
            seen = 0
            event.listen(engine, "before_cursor_execute", count)
            try:
                await browser.http.post("/activation/compte", data=filled)
            except Cut:
                pass
            else:
                break
            finally:
                event.remove(engine, "before_cursor_execute", count)
            writing += 1
            assert await door.read(lambda db: accounts.account(db, door.inaya.id)) is None
            assert (await door.read(lambda db: spaces_store.find(db, door.inaya.id))).state is State.CREATED
            await door.post()
            assert door.mailbox.letters == []
            await browser.get("/activation/compte")  # the same browser is where it was
            assert browser.path == "/activation/compte"
    assert writing > 12
    assert (await door.read(lambda db: spaces_store.find(db, door.inaya.id))).state is State.ACTIVATED
    assert (await door.read(lambda db: journal.verify(db))).whole


@pytest.mark.rule("R007")
async def test_a_new_code_ends_the_former_one(door: Door) -> None:
    now = door.ground.clock.now()
    fresh = await door.work(
        lambda db: register.issue_code(db, door.ground.vault, door.inaya.id, Period.parse("P1M"), now)
    )
    async with door.browser() as browser:
        await identify(door, browser)
        assert REFUSED in browser.text
        await identify(door, browser, provisional_code=fresh)
        assert browser.path == "/activation/decision"


@pytest.mark.rule("R005")
async def test_codes_have_twelve_characters_and_only_their_mark_is_kept(door: Door) -> None:
    assert len(door.code) == 12
    rows = await door.read(lambda db: db.execute(select(provisional_codes)).all())
    assert len(rows) == 1
    assert door.code not in str(rows)


async def test_guesses_for_one_number_are_throttled_whoever_guesses(door: Door) -> None:
    for guess in range(10):
        async with door.browser(address=f"192.0.2.{guess}") as browser:
            await identify(door, browser, vitale_serial=f"99999999{guess:02d}")
            assert browser.page.status_code == 422
    async with door.browser(address="192.0.2.200") as browser:
        await identify(door, browser)  # even the right one
        assert browser.page.status_code == 429
        assert int(browser.page.headers["retry-after"]) > 0
        assert "Trop d’essais" in browser.text
        unknown = await browser.get("/activation")
        assert unknown.status_code == 200


async def test_an_unknown_number_is_throttled_just_the_same(door: Door) -> None:
    for guess in range(10):
        async with door.browser(address=f"192.0.2.{guess}") as browser:
            await identify(door, browser, nir="279037599902148")
    async with door.browser(address="192.0.2.200") as browser:
        await identify(door, browser, nir="2 79 03 75 999 021 48")
        assert browser.page.status_code == 429


async def test_guesses_from_one_address_are_throttled_whoever_they_are_about(door: Door) -> None:
    async with door.browser() as browser:
        for guess in range(30):
            await identify(door, browser, nir=f"2790375999{guess:03d}48")
        await identify(door, browser)
        assert browser.page.status_code == 429


async def test_successes_are_not_counted(door: Door) -> None:
    async with door.browser() as browser:
        for _ in range(15):
            await identify(door, browser)
            assert browser.path == "/activation/decision"


async def test_a_refusal_costs_the_same_whichever_is_wrong(door: Door) -> None:
    costs = set()
    statements: list[str] = []
    engine = door.ground.database.engine.sync_engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    for wrong in (
        {"provisional_code": "CDFH2345JKMN"},
        {"provisional_code": "short"},
        {"nir": "279037599902148"},
        {"nir": "nonsense"},
        {"vitale_serial": "9999999999"},
        {"vitale_serial": "nonsense"},
    ):
        async with door.browser() as browser:
            statements.clear()
            event.listen(engine, "before_cursor_execute", note)
            await identify(door, browser, **wrong)
            event.remove(engine, "before_cursor_execute", note)
            costs.add(tuple(statements))
    assert len(costs) == 1


async def test_the_number_is_kept_sealed_and_never_in_clear(door: Door) -> None:
    plain = NIR.replace(" ", "")
    async with door.browser() as browser:
        await walk(door, browser)
    rows = await door.read(lambda db: db.exec_driver_sql("SELECT * FROM idp_people").all())
    assert plain not in str(rows)
    assert "1234567890" not in str(rows)
    assert await door.read(lambda db: accounts.nir_of(db, door.ground.vault, door.inaya.id)) == plain


async def test_what_is_over_is_purged_a_bounded_number_at_a_time(door: Door) -> None:
    async with door.browser() as browser:
        for _ in range(5):
            await identify(door, browser)
    now = door.ground.clock.now() + timedelta(days=40)
    assert await door.work(lambda db: store.purge(db, door.ground.clock.now(), 100)) == 0
    assert await door.work(lambda db: store.purge(db, now, 3)) == 4  # three activations and the one code
    assert await door.work(lambda db: store.purge(db, now, 100)) == 2
    assert await door.read(lambda db: db.execute(select(enrolments)).all()) == []
