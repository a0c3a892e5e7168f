"""The verbs on grants: one move, one version, one line, and everyone who follows is told."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from clients.records import Status as Catalogued
from consent import decisions, grants_store, history
from consent.actors import holder
from consent.grants import Because, Grant, Standing, Status, standing
from consent.tables import grants, versions
from kit.problems import Refusal
from tests.consent.world import GABRIELLE, MEASURES, PAIR, PORTAL, PORTAL_SCOPE, World, glucolink

BY = holder(GABRIELLE)


async def test_opening_twice_finds_the_same_grant(world: World) -> None:
    first, second = await world.opened(), await world.opened()
    assert first == second
    assert await world.actions() == ["space.notified", "space.activated", "grant.opened"]


async def test_many_who_open_at_once_open_one(world: World) -> None:
    found = await asyncio.gather(*(world.opened() for _ in range(20)))
    assert len({grant.id for grant in found}) == 1
    assert (await world.actions()).count("grant.opened") == 1


async def test_asking_more_raises_the_ceiling_and_agrees_to_nothing(world: World) -> None:
    grant = await world.agreed("measures:read")
    wider = await world.opened(scope=PAIR | {"email"})
    assert wider.scope == PAIR | {"email"}
    assert (wider.id, wider.version, wider.consents) == (grant.id, grant.version + 1, frozenset({"measures:read"}))


async def test_a_portal_of_ours_is_active_at_once_and_leaves_no_line(world: World) -> None:
    own = await world.opened(PORTAL, PORTAL_SCOPE)
    assert (own.status, own.consents) == (Status.ACTIVE, frozenset())
    assert "grant.opened" not in await world.actions()


async def test_each_change_is_a_version_that_says_who_and_what(world: World) -> None:
    grant = await world.agreed("measures:read", "measures:write")

    def unit(db: Connection) -> None:
        narrowed = decisions.amend(db, world.scene, grant, ["measures:write"], None, BY, world.now)
        paused = decisions.pause(db, world.scene, narrowed, BY, world.now)
        resumed = decisions.resume(db, world.scene, paused, BY, world.now)
        decisions.end(db, world.scene, resumed, BY, world.now)

    await world.work(unit)
    kept = await world.work(lambda db: grants_store.history(db, grant.id))
    changes = history.differences(kept)
    assert [version.version for version in kept] == [1, 2, 3, 4, 5, 6]
    assert [version.by_kind for version in kept] == ["app"] + ["person"] * 5
    assert changes[1][1].added == MEASURES
    assert changes[2][1].removed == {"measures:read"}
    assert changes[3][1].status == (Status.ACTIVE, Status.PAUSED)
    assert kept[-1].ended_because is Because.WITHDRAWN
    assert (await world.actions())[2:] == [
        "grant.opened", "grant.agreed", "grant.amended", "grant.paused", "grant.resumed", "grant.ended",
    ]  # fmt: skip


async def test_those_who_follow_are_told_in_the_same_transaction(world: World) -> None:
    heard: list[tuple[Status, Status]] = []

    def told(db: Connection, before: Grant, after: Grant, now: datetime) -> None:
        heard.append((before.status, after.status))
        if after.status is Status.ENDED:
            raise RuntimeError("the notice could not be written")

    world.scene.on_change.append(told)
    grant = await world.agreed()
    with pytest.raises(RuntimeError):
        await world.work(lambda db: decisions.end(db, world.scene, grant, BY, world.now))
    assert heard == [(Status.PENDING, Status.ACTIVE), (Status.ACTIVE, Status.ENDED)]
    assert await world.work(lambda db: grants_store.find(db, grant.id)) == grant
    assert (await world.actions())[-1] == "grant.agreed"


async def test_refusing_ends_a_request_and_leaves_an_agreement(world: World) -> None:
    asked = await world.opened()
    refused = await world.work(lambda db: decisions.refuse(db, world.scene, asked, BY, world.now))
    assert (refused.status, refused.ended_because) == (Status.ENDED, Because.REFUSED)
    agreed = await world.agreed()
    assert await world.work(lambda db: decisions.refuse(db, world.scene, agreed, BY, world.now)) == agreed
    assert (await world.actions()).count("grant.refused") == 2


async def test_a_grant_seen_too_early_is_not_changed(world: World) -> None:
    grant = await world.agreed()
    await world.work(lambda db: decisions.pause(db, world.scene, grant, BY, world.now))
    with pytest.raises(Refusal) as refused:
        await world.work(lambda db: decisions.pause(db, world.scene, grant, BY, world.now))
    assert (refused.value.code, refused.value.status) == ("version_conflict", 409)


async def test_a_stop_ends_what_was_changed_meanwhile(world: World) -> None:
    grant = await world.agreed()
    await world.work(lambda db: decisions.pause(db, world.scene, grant, BY, world.now))
    ended = await world.work(lambda db: decisions.end(db, world.scene, grant, BY, world.now))
    assert (ended.status, ended.version) == ("ended", 4)


@pytest.mark.rule("R154")
async def test_no_agreement_with_an_app_that_is_not_referenced(world: World) -> None:
    grant = await world.opened()
    await world.change_client(glucolink(status=Catalogued.SUSPENDED))
    with pytest.raises(Refusal, match="client_suspended"):
        await world.work(lambda db: decisions.agree(db, world.scene, grant, ["measures:read"], "P3M", BY, world.now))


async def test_nothing_is_agreed_beyond_the_catalogue_of_today(world: World) -> None:
    grant = await world.opened()
    await world.change_client(glucolink(consents=frozenset({"measures:read"})))
    with pytest.raises(Refusal, match="consent_not_allowed"):
        await world.work(lambda db: decisions.agree(db, world.scene, grant, MEASURES, "P3M", BY, world.now))


async def test_fifty_who_end_one_grant_end_it_once(world: World) -> None:
    grant = await world.agreed()

    async def one() -> str:
        ended = await world.work(lambda db: decisions.end(db, world.scene, grant, BY, world.now))
        return f"{ended.status} at {ended.version}"

    results = await asyncio.gather(*(one() for _ in range(50)))
    assert results == ["ended at 3"] * 50, "whoever was not first finds it ended"
    kept = await world.work(lambda db: grants_store.history(db, grant.id))
    assert [version.version for version in kept] == [1, 2, 3]
    assert (await world.actions()).count("grant.ended") == 1


async def test_fifty_who_read_and_amend_make_one_version_a_change(world: World) -> None:
    grant = await world.agreed()

    async def one(index: int) -> int:
        def unit(db: Connection) -> int:
            present = grants_store.find(db, grant.id)
            assert present is not None
            wanted = ["measures:read"] if index % 2 else ["measures:write"]
            return decisions.amend(db, world.scene, present, wanted, None, BY, world.now).version

        try:
            return await world.work(unit)
        except Refusal:
            return 0

    made = [version for version in await asyncio.gather(*(one(index) for index in range(50))) if version]
    assert sorted(made) == list(range(3, 3 + len(made)))
    kept = await world.work(lambda db: grants_store.history(db, grant.id))
    assert len(kept) == 2 + len(made)
    assert (await world.actions()).count("grant.amended") == len(made)


async def test_a_grant_that_is_over_is_written_down_by_the_sweep(world: World) -> None:
    grant = await world.agreed(duration="P1D")
    world.clock.advance(timedelta(hours=24))
    assert await world.work(lambda db: decisions.expire_due(db, world.scene, world.now)) == 1
    assert await world.work(lambda db: decisions.expire_due(db, world.scene, world.now)) == 0
    over = await world.work(lambda db: grants_store.find(db, grant.id))
    assert over is not None
    assert (over.status, over.ended_because, standing(over, world.now)) == (
        Status.ENDED, Because.EXPIRED, Standing.EXPIRED,
    )  # fmt: skip
    assert (await world.actions())[-1] == "grant.expired"


async def test_a_request_left_without_an_answer_is_forgotten(world: World) -> None:
    await world.opened()
    world.clock.advance(timedelta(days=29))
    assert await world.work(lambda db: decisions.expire_due(db, world.scene, world.now)) == 0
    world.clock.advance(timedelta(days=1))
    assert await world.work(lambda db: decisions.expire_due(db, world.scene, world.now)) == 1
    assert (await world.actions())[-1] == "grant.forgotten"


async def test_the_sweep_goes_by_bounded_steps(world: World) -> None:
    for number in range(5):
        await world.active_space(f"per_{number}")
        await world.agreed(duration="P1D", person=f"per_{number}")
    world.clock.advance(timedelta(days=2))
    done = [await world.work(lambda db: decisions.expire_due(db, world.scene, world.now, 2)) for _ in range(4)]
    assert done == [2, 2, 1, 0]


async def test_two_sweeps_at_once_write_each_end_once(world: World) -> None:
    for number in range(6):
        await world.active_space(f"per_{number}")
        await world.agreed(duration="P1D", person=f"per_{number}")
    world.clock.advance(timedelta(days=2))
    sweeps = (world.work(lambda db: decisions.expire_due(db, world.scene, world.now)) for _ in range(4))
    assert sum(await asyncio.gather(*sweeps)) == 6
    ends = select(func.count()).select_from(versions).where(versions.c.status == "ended")
    assert await world.work(lambda db: db.execute(ends).scalar_one()) == 6


async def test_a_new_request_after_the_end_opens_a_new_grant(world: World) -> None:
    first = await world.agreed(duration="P1D")
    world.clock.advance(timedelta(days=2))
    second = await world.opened()
    assert second.id != first.id
    assert (await world.actions())[-2:] == ["grant.expired", "grant.opened"]
    living = select(func.count()).select_from(grants).where(grants.c.status != "ended")
    assert await world.work(lambda db: db.execute(living).scalar_one()) == 1


async def test_withdrawing_what_was_over_says_that_it_was_over(world: World) -> None:
    grant = await world.agreed(duration="P1D")
    world.clock.advance(timedelta(days=2))
    over = await world.work(lambda db: decisions.end(db, world.scene, grant, BY, world.now))
    assert over.ended_because is Because.EXPIRED


async def test_an_app_that_left_the_catalogue_loses_its_links_step_by_step(world: World) -> None:
    for number in range(3):
        await world.active_space(f"per_{number}")
        await world.agreed(person=f"per_{number}")
    left = [
        await world.work(lambda db: decisions.end_of_client(db, world.scene, "glucolink", world.now, 2)) for _ in "abc"
    ]
    assert left == [2, 1, 0]
    assert (await world.lines("per_0"))[-1].entry.because == "client_delisted"
