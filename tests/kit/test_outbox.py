"""Deliveries: what is slow holds up nothing else, what is at work is not taken twice, what is given up is kept."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kit import outbox
from kit.ground import Ground
from kit.outbox import CLAIM, NotDelivered, Outbox
from tests.house import StillClock


async def write(ground: Ground, clock: StillClock, kind: str, count: int = 1, about: str = "") -> None:
    def unit(db: Any) -> None:
        for number in range(count):
            ground.outbox.put(db, kind, {"number": number}, clock.now(), about=about)

    await ground.database.work(unit)


async def test_a_receiver_that_hangs_holds_up_no_other_kind_even_by_the_hundred(
    ground: Ground, clock: StillClock
) -> None:
    hanging = asyncio.Event()
    arrived = asyncio.Event()

    async def slow(payload: Mapping[str, Any]) -> None:
        await hanging.wait()

    async def quick(payload: Mapping[str, Any]) -> None:
        arrived.set()

    ground.outbox.handle("slow", slow)
    ground.outbox.handle("quick", quick)
    await write(ground, clock, "slow", 120)
    running = asyncio.ensure_future(ground.outbox.run(0.05))
    try:
        await asyncio.sleep(0.3)
        await write(ground, clock, "quick")
        await asyncio.wait_for(arrived.wait(), 2)
        hanging.set()
        async with asyncio.timeout(20):
            while await ground.outbox.waiting():  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_a_process_is_at_work_on_is_not_taken_by_another_however_long_it_takes(
    ground: Ground, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CLAIM", timedelta(seconds=0.3))
    done = 0
    go_on = asyncio.Event()

    async def long(payload: Mapping[str, Any]) -> None:
        nonlocal done
        await go_on.wait()
        done += 1

    other = Outbox(ground.database, clock, ground.vault.seal("outbox"))
    for one in (ground.outbox, other):
        one.handle("long", long)
    await write(ground, clock, "long")
    at_work = asyncio.ensure_future(ground.outbox.drain())
    for _ in range(8):
        await asyncio.sleep(0.1)
        clock.advance(timedelta(seconds=0.1))
        assert await asyncio.wait_for(other.drain(), 1) == 0
    go_on.set()
    assert await at_work == 1
    assert done == 1


async def test_what_died_with_its_process_is_taken_up_after_its_claim(ground: Ground, clock: StillClock) -> None:
    done: list[int] = []

    async def deliver(payload: Mapping[str, Any]) -> None:
        done.append(payload["number"])

    ground.outbox.handle("letter", deliver)
    await write(ground, clock, "letter")
    until = clock.now() + CLAIM
    await ground.database.work(lambda db: db.execute(outbox.table.update().values(claimed_until=until, attempts=1)))
    assert await ground.outbox.drain() == 0
    clock.advance(CLAIM + timedelta(milliseconds=1))
    assert await ground.outbox.drain() == 1
    assert done == [0]


async def test_what_is_given_up_is_kept_with_why_and_tried_again_when_told(ground: Ground, clock: StillClock) -> None:
    fails = True

    async def deliver(payload: Mapping[str, Any]) -> None:
        if fails:
            raise NotDelivered("status 503")

    ground.outbox.handle("letter", deliver)
    await write(ground, clock, "letter", about="bench")
    for _ in range(14):
        await ground.outbox.drain()
        clock.advance(timedelta(hours=7))
    [dead] = await ground.database.read(lambda db: outbox.undone(db, dead=True))
    assert (dead.about, dead.attempts, dead.last_error) == ("bench", 12, "status 503")
    assert await ground.outbox.dead() == 1
    assert await ground.database.read(lambda db: outbox.undone(db, dead=False)) == []
    fails = False
    assert await ground.database.work(lambda db: outbox.again(db, clock.now(), "out_nothing")) == 0
    assert await ground.database.work(lambda db: outbox.again(db, clock.now(), dead.id)) == 1
    assert await ground.outbox.drain() == 1
    assert await ground.outbox.dead() == 0


async def test_what_was_given_up_long_ago_is_forgotten(ground: Ground, clock: StillClock) -> None:
    await write(ground, clock, "letter")
    await ground.database.work(lambda db: db.execute(outbox.table.update().values(dead_at=clock.now())))
    clock.advance(timedelta(days=29))
    assert await ground.database.work(lambda db: outbox.purge(db, clock.now())) == 0
    clock.advance(timedelta(days=2))
    assert await ground.database.work(lambda db: outbox.purge(db, clock.now())) == 1


async def test_an_error_of_ours_is_kept_by_its_name_alone(ground: Ground, clock: StillClock) -> None:
    async def deliver(payload: Mapping[str, Any]) -> None:
        raise RuntimeError("someone@example.org")

    ground.outbox.handle("letter", deliver)
    await write(ground, clock, "letter")
    await ground.outbox.drain()
    kept = select(outbox.table.c.last_error)
    assert await ground.database.read(lambda db: db.execute(kept).scalar()) == "RuntimeError"
