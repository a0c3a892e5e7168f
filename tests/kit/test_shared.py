"""Once for all who ask at the same moment."""

import asyncio

import pytest

from kit.shared import Shared


class Work:
    """Counts how often it is done, and waits until it may end."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.may_end.wait()
        return mine


async def test_fifty_who_ask_together_get_one_answer() -> None:
    shared, work = Shared[int](), Work()
    asked = [asyncio.ensure_future(shared.do("a", work)) for _ in range(50)]
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*asked) == [1] * 50
    assert await shared.do("a", work) == 2


async def test_two_keys_are_two_things() -> None:
    shared, work = Shared[int](), Work()
    work.may_end.set()
    assert sorted(await asyncio.gather(shared.do("a", work), shared.do("b", work))) == [1, 2]


async def test_who_gives_up_stops_nobody_else() -> None:
    shared, work = Shared[int](), Work()
    first, second = (asyncio.ensure_future(shared.do("a", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    work.may_end.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_after_a_change_the_answer_is_newer_than_it() -> None:
    shared, work = Shared[int](), Work()
    before = asyncio.ensure_future(shared.do("a", work))
    await asyncio.sleep(0)
    shared.renounce("a")
    after = asyncio.ensure_future(shared.do("a", work))
    await asyncio.sleep(0)
    work.may_end.set()
    assert (await before, await after) == (1, 2)


async def test_a_failure_is_everybodys_and_is_not_remembered() -> None:
    shared = Shared[int]()

    async def failing() -> int:
        await asyncio.sleep(0)
        raise ConnectionError

    asked = [asyncio.ensure_future(shared.do("a", failing)) for _ in range(3)]
    assert all(isinstance(one, ConnectionError) for one in await asyncio.gather(*asked, return_exceptions=True))

    async def working() -> int:
        return 7

    assert await shared.do("a", working) == 7
