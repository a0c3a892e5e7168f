"""The space of a person: which moves are possible, and what each state allows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from consent import space_moves, spaces, spaces_store
from consent.actors import holder
from consent.grants import Because, Status
from consent.spaces import Act, Space, State, Who
from kit.problems import Refusal
from tests.consent.world import GABRIELLE, World

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=10)


def notified() -> Space:
    return spaces.notify("per_1", NOW)


@pytest.mark.rule("R011")
def test_coming_before_the_delay_creates_the_space_at_once() -> None:
    space = spaces.activate(notified(), LATER)
    assert (space.state, space.created_at, space.activated_at) == (State.ACTIVATED, LATER, LATER)


def test_activating_a_space_that_was_created_keeps_its_date() -> None:
    space = spaces.activate(spaces.create(notified(), NOW), LATER)
    assert (space.created_at, space.activated_at) == (NOW, LATER)


@pytest.mark.rule("R012")
def test_who_objects_has_no_space_and_none_is_created() -> None:
    space = spaces.object_to(notified(), LATER)
    assert (space.state, space.created_at) == (State.OBJECTED, None)
    with pytest.raises(Refusal, match="space_not_notified"):
        spaces.create(space, LATER)


@pytest.mark.rule("R013")
def test_who_objected_may_open_the_space_later() -> None:
    space = spaces.activate(spaces.object_to(notified(), NOW), LATER)
    assert (space.state, space.objected_at) == (State.ACTIVATED, None)


@pytest.mark.rule("R014")
@pytest.mark.parametrize("open_space", [spaces.create(notified(), NOW), spaces.activate(notified(), NOW)])
def test_the_holder_may_close_an_open_space_at_any_time(open_space: Space) -> None:
    closed = spaces.close(open_space, LATER)
    assert (closed.state, closed.closed_at) == (State.CLOSED, LATER)
    assert spaces.reopen(closed, LATER).state is State.ACTIVATED


def test_moves_out_of_order_are_refused() -> None:
    active = spaces.activate(notified(), NOW)
    for move, space, code in (
        (spaces.activate, active, "space_already_activated"),
        (spaces.object_to, active, "space_already_activated"),
        (spaces.object_to, spaces.object_to(notified(), NOW), "space_already_objected"),
        (spaces.close, notified(), "space_not_open"),
        (spaces.close, spaces.object_to(notified(), NOW), "space_not_open"),
        (spaces.activate, spaces.close(active, NOW), "space_closed"),
        (spaces.object_to, spaces.close(active, NOW), "space_closed"),
        (spaces.reopen, active, "space_not_closed"),
        (spaces.create, active, "space_not_notified"),
    ):
        with pytest.raises(Refusal) as refused:
            move(space, LATER)
        assert (refused.value.code, refused.value.status) == (code, 409)


@pytest.mark.parametrize(
    ("state", "who", "act", "yes"),
    [
        pytest.param(State.ACTIVATED, "professional", "feed", True, marks=pytest.mark.rule("R036")),
        pytest.param(State.ACTIVATED, "patient", "feed", True, marks=pytest.mark.rule("R036")),
        pytest.param(State.ACTIVATED, "professional", "consult", True, marks=pytest.mark.rule("R037")),
        pytest.param(State.ACTIVATED, "patient", "consult", True, marks=pytest.mark.rule("R037")),
        pytest.param(State.CREATED, "professional", "feed", True, marks=pytest.mark.rule("R038")),
        pytest.param(State.CREATED, "patient", "feed", False, marks=pytest.mark.rule("R038")),
        pytest.param(State.CREATED, "professional", "consult", True, marks=pytest.mark.rule("R039")),
        pytest.param(State.CREATED, "patient", "consult", False, marks=pytest.mark.rule("R039")),
        pytest.param(State.CLOSED, "professional", "feed", False, marks=pytest.mark.rule("R040")),
        pytest.param(State.CLOSED, "patient", "feed", False, marks=pytest.mark.rule("R040")),
        pytest.param(State.CLOSED, "professional", "consult", False, marks=pytest.mark.rule("R041")),
        pytest.param(State.CLOSED, "patient", "consult", False, marks=pytest.mark.rule("R041")),
        (State.NOTIFIED, "professional", "feed", False),
        (State.OBJECTED, "professional", "feed", False),
        (State.OBJECTED, "patient", "consult", False),
    ],
)
def test_each_state_allows_what_the_table_says(state: State, who: Who, act: Act, yes: bool) -> None:
    assert spaces.permits(state, who, act) is yes


async def test_of_two_who_move_a_space_one_wins(bare: World) -> None:
    def unit(db: Connection) -> tuple[bool, bool]:
        before = space_moves.notify(db, GABRIELLE, NOW)
        won = spaces_store.move(db, before, spaces.activate(before, NOW))
        return won, spaces_store.move(db, before, spaces.object_to(before, NOW))

    assert await bare.work(unit) == (True, False)


async def test_a_person_is_notified_once(bare: World) -> None:
    await bare.work(lambda db: space_moves.notify(db, GABRIELLE, NOW))
    with pytest.raises(Refusal, match="space_already_notified"):
        await bare.work(lambda db: space_moves.notify(db, GABRIELLE, NOW))


async def test_what_is_kept_is_what_was_decided(bare: World) -> None:
    await bare.work(lambda db: space_moves.notify(db, GABRIELLE, NOW))
    decided = await bare.work(lambda db: space_moves.object_to(db, GABRIELLE, holder(GABRIELLE), LATER, "sans objet"))
    assert await bare.work(lambda db: spaces_store.find(db, GABRIELLE)) == decided


@pytest.mark.rule("R014")
async def test_closing_a_space_ends_every_link_but_not_the_holders_own(world: World) -> None:
    grant = await world.agreed()
    own = await world.portal_token()
    await world.work(lambda db: space_moves.close(db, world.scene, GABRIELLE, holder(GABRIELLE), world.now))
    async with world.caller(own) as caller:
        assert (await caller.get("/consent/space")).json()["state"] == "closed"
        (card,) = (await caller.get("/consent/grants")).json()["grants"]
    assert (card["grant_id"], card["status"], card["ended_because"]) == (grant.id, Status.ENDED, Because.SPACE_CLOSED)
    assert (await world.actions())[-2:] == ["space.closed", "grant.ended"]
