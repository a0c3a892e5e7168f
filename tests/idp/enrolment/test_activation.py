"""The story of an activation, page by page (R023 to R033)."""

from datetime import timedelta

import pytest

from consent import journal, spaces_store
from consent.spaces import State
from idp.accounts import store as accounts
from idp.enrolment import store
from idp.enrolment.pages.identify import REFUSED
from idp.sessions import store as sessions
from tests.idp.door import PASSWORD, Door, newcomer
from tests.idp.enrolment.steps import ADDRESS, CHOSEN, accept, identify, walk


@pytest.mark.rule("R023", "R025", "R026", "R030", "R032")
async def test_a_person_activates_their_space_and_is_signed_in(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        assert browser.path == "/activation/decision"
        assert "Inaya Michel" in browser.text
        await accept(browser)
        assert browser.path == "/activation/compte"
        assert browser.form("/activation/compte")[1]["email"] == ADDRESS  # known to the insurance, to be checked
        await browser.send(**CHOSEN)
        assert browser.path == "/signin/code"
        assert "Votre espace est activé" in browser.text
        assert "i•••@example.org" in browser.text
        await door.post()
        await browser.send(code=door.mailbox.code(ADDRESS))
        assert browser.path == "/espace/"
        assert "session" in browser.http.cookies

    person = await door.read(lambda db: accounts.find(db, door.inaya.id))
    account = await door.read(lambda db: accounts.account(db, door.inaya.id))
    space = await door.read(lambda db: spaces_store.find(db, door.inaya.id))
    assert person.email_verified_at == door.ground.clock.now()
    assert person.mobile == "+33639980002"
    assert (account.identifier, account.terms_version) == ("inaya.michel", door.scene.settings.terms_version)
    assert account.terms_accepted_at == door.ground.clock.now()
    assert space.state is State.ACTIVATED
    assert door.mailbox.to(ADDRESS, "activation_done")
    assert not door.mailbox.to(ADDRESS, "new_sign_in")  # they know: they are just doing it
    lines = await door.read(lambda db: journal.page(db, door.inaya.id))
    assert [line.entry.action for line in lines][:2] == ["session.started", "space.activated"]
    assert (await door.read(lambda db: journal.verify(db))).whole


@pytest.mark.rule("R030")
async def test_a_script_may_answer_every_page_at_once(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser, decision="activate", accept_terms="on", **CHOSEN)
        assert browser.path == "/signin/code"
        await browser.get("/activation/decision")
        assert browser.path == "/signin"
    assert (await door.read(lambda db: accounts.account(db, door.inaya.id))).identifier == "inaya.michel"


async def test_a_script_may_answer_in_two_steps_and_keep_the_known_contacts(door: Door) -> None:
    access = {"identifier": "inaya.michel", "password": PASSWORD, "password_confirmation": PASSWORD}
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.send(decision="activate", accept_terms="true", **access)
        assert browser.path == "/signin/code"
    assert (await door.read(lambda db: accounts.find(db, door.inaya.id))).mobile == "+33639980002"


@pytest.mark.rule("R023")
@pytest.mark.parametrize(
    "wrong",
    [
        {"provisional_code": "CDFH-2345-JKMN"},
        {"provisional_code": "CDFH-2345-JKM"},
        {"provisional_code": "CDFH-2345-JKMNP"},
        {"nir": "279037599902148"},
        {"nir": "268047599909743"},
        {"nir": "2680475999097"},
        {"vitale_serial": "1234567891"},
        {"vitale_serial": "12345"},
        {"provisional_code": "x" * 5000, "nir": "y" * 5000, "vitale_serial": "z" * 5000},
    ],
)
async def test_whichever_is_wrong_the_answer_is_the_same(door: Door, wrong: dict[str, str]) -> None:
    async with door.browser() as browser:
        await identify(door, browser, **wrong)
        assert browser.page.status_code == 422
        assert REFUSED in browser.text
        refused = browser.page.text.replace(browser.form()[1]["csrf"], "").partition("<main")[2]
        assert not any(value in refused for value in wrong.values())
        assert "activation" not in browser.http.cookies
        await browser.get("/activation/decision")
        assert browser.path == "/activation"


@pytest.mark.rule("R023")
async def test_the_pages_of_all_refusals_are_the_same_to_the_letter(door: Door) -> None:
    seen = set()
    for wrong in ({"provisional_code": "CDFH2345JKMN"}, {"nir": "279037599902148"}, {"vitale_serial": "9999999999"}):
        async with door.browser() as browser:
            await identify(door, browser, **wrong)
            seen.add(browser.page.text.partition("<main")[2].replace(browser.form()[1]["csrf"], ""))
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["provisional_code", "nir", "vitale_serial"])
async def test_an_empty_field_is_asked_for_by_name(door: Door, name: str) -> None:
    async with door.browser() as browser:
        await identify(door, browser, **{name: " "})
        assert browser.page.status_code == 422
        assert f'href="#{name}"' in browser.page.text
        assert REFUSED not in browser.text


@pytest.mark.rule("R024")
async def test_the_form_tells_where_to_find_each_of_the_three(door: Door) -> None:
    async with door.browser() as browser:
        await browser.get("/activation")
    for words in (
        "Où trouver mon code provisoire ?",
        "Où trouver mon numéro de sécurité sociale ?",
        "Où trouver le numéro de série de ma carte ?",
        "Carte avec photo",
        "Carte sans photo",
    ):
        assert words in browser.text


@pytest.mark.rule("R006")
async def test_a_code_is_good_for_a_month_and_not_longer(door: Door) -> None:
    door.ground.clock.advance(timedelta(days=29))  # type: ignore[attr-defined]
    async with door.browser() as browser:
        await identify(door, browser)
        assert browser.path == "/activation/decision"
    door.ground.clock.advance(timedelta(days=2))  # type: ignore[attr-defined]
    async with door.browser() as browser:
        await identify(door, browser)
        assert REFUSED in browser.text


async def test_a_code_is_understood_however_it_is_typed(door: Door) -> None:
    spaced = f" {door.code[:4].lower()}-{door.code[4:8]} {door.code[8:].lower()} "
    async with door.browser() as browser:
        await identify(
            door, browser, provisional_code=spaced, nir="2 68 04 75 999 097 42", vitale_serial="12 345 67890"
        )
        assert browser.path == "/activation/decision"


@pytest.mark.rule("R025")
@pytest.mark.parametrize("ticked", ["", "no", "0"])
async def test_no_one_goes_on_without_accepting_the_terms(door: Door, ticked: str) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.send(decision="activate", accept_terms=ticked)
        assert browser.page.status_code == 422
        assert "Acceptez les conditions" in browser.text
        await browser.get("/activation/compte")
        assert browser.path == "/activation/decision"
        assert (await browser.get("/activation/conditions")).status_code == 200
        assert door.scene.settings.terms_version in browser.text


async def test_a_decision_must_be_made(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.send(accept_terms="yes", decision="perhaps")
        assert browser.page.status_code == 422
        assert "Choisissez" in browser.text


@pytest.mark.rule("R032")
async def test_no_step_expires_in_less_than_ten_minutes(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        door.ground.clock.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
        await accept(browser)
        assert browser.path == "/activation/compte"
        door.ground.clock.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
        await browser.send(**CHOSEN)
        assert browser.path == "/signin/code"
        await door.post()
        door.ground.clock.advance(timedelta(minutes=9, seconds=59))  # type: ignore[attr-defined]
        await browser.send(code=door.mailbox.code(ADDRESS))
        assert browser.path == "/espace/"


@pytest.mark.rule("R032")
async def test_a_letter_that_ends_meanwhile_and_is_tidied_away_stops_nobody_half_way(door: Door) -> None:
    clock = door.ground.clock
    async with door.browser() as browser:
        clock.advance(timedelta(days=30, hours=23, minutes=50))  # type: ignore[attr-defined]
        await identify(door, browser)
        await accept(browser)
        clock.advance(timedelta(minutes=20))  # type: ignore[attr-defined]
        await door.work(lambda db: store.purge(db, clock.now()))
        await browser.send(**CHOSEN)
        assert browser.path == "/signin/code"


async def test_after_too_long_one_begins_again_and_nothing_is_lost(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        door.ground.clock.advance(timedelta(minutes=31))  # type: ignore[attr-defined]
        await accept(browser)
        assert browser.path == "/activation"
        assert "Trop de temps a passé" in browser.text
        await walk(door, browser)
        assert browser.path == "/signin/code"


async def test_another_browser_gets_nothing_from_the_same_addresses(door: Door) -> None:
    async with door.browser() as browser, door.browser() as other:
        await identify(door, browser)
        await accept(browser)
        for path in (
            "/activation/decision",
            "/activation/compte",
            "/activation/refus",
            "/activation/adresse",
            "/activation/enfants",
        ):
            await other.get(path)
            assert other.path in {"/activation", "/signin"}, path
            assert "Inaya" not in other.text


async def test_steps_come_in_their_order(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.get("/activation/compte")
        assert browser.path == "/activation/decision"
        csrf = browser.form()[1]["csrf"]
        answer = await browser.http.post("/activation/compte", data=CHOSEN | {"csrf": csrf})
        assert answer.headers["location"] == "/activation/decision"
    assert await door.read(lambda db: accounts.account(db, door.inaya.id)) is None


@pytest.mark.rule("R011")
async def test_a_space_only_announced_is_created_by_its_activation(door: Door) -> None:
    nadia, code = await door.add(
        newcomer(given_names="Nadia", nir="201067599904316", vitale_serial="3456789012"), created=False
    )
    async with door.browser() as browser:
        await identify(door, browser, provisional_code=code, nir="201067599904316", vitale_serial="3456789012")
        await accept(browser)
        await browser.send(**(CHOSEN | {"identifier": "nadia.neuve"}))
        assert browser.path == "/signin/code"
    space = await door.read(lambda db: spaces_store.find(db, nadia.id))
    assert (space.state, space.created_at) == (State.ACTIVATED, door.ground.clock.now())


async def test_a_code_that_served_is_refused_with_the_usual_words(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser)
    async with door.browser() as browser:
        await identify(door, browser)
        assert REFUSED in browser.text


async def test_sessions_of_an_activation_begin_with_its_code_only(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser)
        assert "session" not in browser.http.cookies
    living = await door.read(
        lambda db: sessions.of_person(db, door.inaya.id, timedelta(hours=1), door.ground.clock.now())
    )
    assert living == []
