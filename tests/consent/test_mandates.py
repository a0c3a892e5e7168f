"""Parents decide for their children, one by one."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from consent import journal_words, mandates, space_moves, spaces_store
from consent.actors import holder
from consent.mandates import Mandate
from consent.spaces import State
from kit.problems import Refusal
from tests.consent.world import GABRIELLE, NOW, World

CHILDREN = ("per_lola", "per_louis", "per_mathis")
PARENT = holder(GABRIELLE)


@pytest.fixture
async def family(world: World) -> World:
    """Three children whose spaces were created and who wait for a decision."""

    def unit(db: Connection) -> None:
        for child in CHILDREN:
            space_moves.notify(db, child, NOW)
            space_moves.create(db, child, NOW)
            name = child.removeprefix("per_").capitalize()
            mandates.declare(db, Mandate(GABRIELLE, child, name, NOW, NOW + timedelta(days=3000)))

    await world.work(unit)
    return world


@pytest.mark.rule("R033")
async def test_each_child_waits_for_its_own_decision(family: World) -> None:
    async with family.caller(await family.portal_token()) as caller:
        children = (await caller.get("/consent/space")).json()["children"]
        assert [(one["name"], one["state"], one["waiting"]) for one in children] == [
            ("Lola", "created", True), ("Louis", "created", True), ("Mathis", "created", True),
        ]  # fmt: skip
        done = await caller.post("/consent/children/per_lola/decision", json={"decision": "activate"})
        assert (done.status_code, done.json()["state"], done.json()["waiting"]) == (200, "activated", False)
        done = await caller.post("/consent/children/per_louis/decision", json={"decision": "object"})
        assert (done.status_code, done.json()["state"]) == (200, "objected")
        children = (await caller.get("/consent/space")).json()["children"]
        assert [one["waiting"] for one in children] == [False, False, True]


@pytest.mark.rule("R104")
async def test_both_read_what_the_parent_decided(family: World) -> None:
    await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "activate", NOW))
    mine, theirs = (await family.lines())[-1].entry, (await family.lines("per_lola"))[-1].entry
    assert journal_words.sentence(mine) == "Vous avez activé l’espace de Lola."
    assert journal_words.sentence(theirs) == "Votre parent a activé cet espace."
    assert (theirs.actor_id, theirs.for_person, mine.for_person) == (GABRIELLE, "per_lola", "per_lola")


async def test_the_same_decision_twice_changes_nothing(family: World) -> None:
    first = await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "object", NOW))
    again = await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "object", NOW))
    assert first == again
    assert (await family.actions()).count("child.objected") == 1


async def test_an_objection_may_be_taken_back_and_an_activation_not_objected_to(family: World) -> None:
    await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "object", NOW))
    back = await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "activate", NOW))
    assert back.space is not None
    assert back.space.state is State.ACTIVATED
    with pytest.raises(Refusal, match="space_already_activated"):
        await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "object", NOW))


@pytest.mark.rule("R104")
async def test_nobody_decides_for_a_child_of_somebody_else(family: World) -> None:
    await family.active_space("per_other")
    async with family.caller(await family.portal_token("per_other")) as caller:
        for child in ("per_lola", "per_nobody", GABRIELLE):
            said = await caller.post(f"/consent/children/{child}/decision", json={"decision": "activate"})
            assert (said.status_code, said.json()["code"]) == (404, "child_unknown")
    untouched = await family.work(lambda db: spaces_store.find(db, "per_lola"))
    assert untouched is not None
    assert untouched.state is State.CREATED


async def test_a_mandate_ends_with_the_childhood(family: World) -> None:
    family.clock.advance(timedelta(days=3001))
    assert await family.work(lambda db: mandates.children(db, GABRIELLE, family.now)) == []
    with pytest.raises(Refusal, match="child_unknown"):
        await family.work(lambda db: mandates.decide(db, PARENT, "per_lola", "activate", family.now))


async def test_a_decision_is_one_of_two_words(family: World) -> None:
    async with family.caller(await family.portal_token()) as caller:
        for body in ({"decision": "close"}, {}, {"decision": "activate", "more": 1}, ["activate"]):
            said = await caller.post("/consent/children/per_lola/decision", json=body)
            assert (said.status_code, said.json()["code"]) == (400, "invalid_request")
