"""Objecting, changing one's mind, spaces that are active or closed, and children."""

from datetime import date, timedelta

import pytest

from consent import journal, mandates, space_moves, spaces, spaces_store
from consent.actors import holder
from consent.mandates import Mandate
from consent.spaces import State
from idp.accounts.records import Person
from tests.idp.door import Browser, Door, newcomer
from tests.idp.enrolment.steps import ADDRESS, CHOSEN, accept, identify, walk


@pytest.mark.rule("R002", "R025")
async def test_objecting_needs_no_reason_and_no_terms_and_is_confirmed(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.send(decision="object")
        assert browser.path == "/activation/refus"
        assert "Votre refus est enregistré" in browser.text
    await door.post()
    assert door.mailbox.to(ADDRESS, "objection_recorded")
    space = await door.read(lambda db: spaces_store.find(db, door.inaya.id))
    assert (space.state, space.reason) == (State.OBJECTED, "")
    lines = await door.read(lambda db: journal.page(db, door.inaya.id))
    assert (lines[0].entry.action, lines[0].entry.context) == ("space.objected", "activation")


@pytest.mark.rule("R013")
async def test_an_objector_changes_their_mind_at_once_or_later_with_the_same_letter(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await browser.send(decision="object")
    door.ground.clock.advance(timedelta(days=9))  # type: ignore[attr-defined]
    async with door.browser() as browser:
        await identify(door, browser)
        assert "Vous avez refusé cet espace" in browser.text
        await browser.send(decision="object")  # again: nothing changes, nothing fails
        assert browser.path == "/activation/refus"
        await browser.get("/activation/decision")
        await accept(browser)
        await browser.send(**CHOSEN)
        assert browser.path == "/signin/code"
    assert (await door.read(lambda db: spaces_store.find(db, door.inaya.id))).state is State.ACTIVATED
    await door.post()
    assert len(door.mailbox.to(ADDRESS, "objection_recorded")) == 1


async def test_whoever_accepted_the_terms_may_still_object(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await accept(browser)
        await browser.get("/activation/decision")
        await browser.send(decision="object")
        assert browser.path == "/activation/refus"
        await browser.get("/activation/compte")
        assert browser.path == "/activation/decision"


async def test_an_active_space_says_to_sign_in(door: Door) -> None:
    await door.work(lambda db: _activate(db, door, door.inaya))
    async with door.browser() as browser:
        await identify(door, browser)
        assert "Votre espace est déjà activé" in browser.text
        csrf = {"csrf": (await _csrf(browser))}
        answer = await browser.http.post("/activation/decision", data={"decision": "object"} | csrf)
        assert answer.status_code == 409
    assert (await door.read(lambda db: spaces_store.find(db, door.inaya.id))).state is State.ACTIVATED


async def test_a_closed_space_says_what_to_do(door: Door) -> None:
    def unit(db: object) -> None:
        _activate(db, door, door.inaya)
        before = spaces_store.find(db, door.inaya.id)  # type: ignore[arg-type]
        assert before
        spaces_store.move(db, before, spaces.close(before, door.ground.clock.now()))  # type: ignore[arg-type]

    await door.work(unit)
    async with door.browser() as browser:
        await identify(door, browser, decision="activate", accept_terms="yes", **CHOSEN)
        assert browser.page.status_code == 409
        assert "Votre espace est fermé" in browser.text
        assert "3422" in browser.text


async def test_someone_who_has_an_access_already_chooses_nothing_again(door: Door) -> None:
    await door.enrol(door.inaya, "inaya.michel")
    async with door.browser() as browser:
        await identify(door, browser)
        await accept(browser)
        assert browser.path == "/signin"
    assert (await door.read(lambda db: spaces_store.find(db, door.inaya.id))).state is State.ACTIVATED


CHILDREN = (
    ("Lola", "212087599903106", date(2012, 8, 14)),
    ("Mathis", "115027599903206", date(2015, 2, 3)),
    ("Louis", "118097599903367", date(2018, 9, 30)),
)


async def with_children(door: Door) -> list[Person]:
    """Inaya's three children, each waiting."""
    found = []
    for name, number, born in CHILDREN:
        other = {
            "given_names": name,
            "nir": number,
            "birth_date": born,
            "vitale_serial": None,
            "email": None,
            "mobile": None,
        }
        child, _ = await door.add(newcomer(**other))
        mandate = Mandate(door.inaya.id, child.id, child.name, door.ground.clock.now(), None)
        await door.work(lambda db, mandate=mandate: mandates.declare(db, mandate))
        found.append(child)
    return found


@pytest.mark.rule("R033")
async def test_after_activation_a_parent_decides_for_each_child(door: Door) -> None:
    lola, mathis, louis = await with_children(door)
    async with door.browser() as browser:
        await walk(door, browser)
        await door.post()
        await browser.send(code=door.mailbox.code(ADDRESS))
        assert browser.path == "/activation/enfants"
        assert browser.text.count("En attente de décision") == 3
        await browser.send(child=lola.id, decision="activate")
        assert browser.text.count("En attente de décision") == 2
        await browser.get("/activation/enfants")
        csrf = {"csrf": browser.form()[1]["csrf"]}
        await browser.http.post("/activation/enfants", data={"child": mathis.id, "decision": "object"} | csrf)
        await browser.get("/activation/enfants")
        assert browser.text.count("En attente de décision") == 1
        assert "Espace activé" in browser.text
        assert "Espace refusé" in browser.text
    states = {
        child.given_name: (await door.read(lambda db, child=child: spaces_store.find(db, child.id))).state
        for child in (lola, mathis, louis)
    }
    assert states == {"Lola": State.ACTIVATED, "Mathis": State.OBJECTED, "Louis": State.CREATED}


@pytest.mark.rule("R033")
async def test_nobody_decides_for_the_child_of_another(door: Door) -> None:
    await with_children(door)
    stranger, _ = await door.add(newcomer(given_names="Marc", nir="185067599904126", vitale_serial="4567890123"))
    async with door.browser() as browser:
        await walk(door, browser)
        await door.post()
        await browser.send(code=door.mailbox.code(ADDRESS))
        csrf = {"csrf": browser.form()[1]["csrf"]}
        answer = await browser.http.post(
            "/activation/enfants", data={"child": stranger.id, "decision": "activate"} | csrf
        )
        assert answer.status_code == 404
        answer = await browser.http.post("/activation/enfants", data={"child": stranger.id, "decision": "x"} | csrf)
        assert answer.status_code == 422


async def test_children_are_shown_to_their_parent_alone(door: Door) -> None:
    await with_children(door)
    async with door.browser() as browser:
        await browser.get("/activation/enfants")
        assert browser.path == "/signin"


def _activate(db: object, door: Door, person: Person) -> None:
    space_moves.activate(db, person.id, holder(person.id), door.ground.clock.now())  # type: ignore[arg-type]


async def _csrf(browser: Browser) -> str:
    await browser.get("/signin")
    return browser.form()[1]["csrf"]
