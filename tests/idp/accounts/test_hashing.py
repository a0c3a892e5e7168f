"""Password hashes."""

import asyncio

import pytest

from idp.accounts.hashing import Hasher, hasher_of
from idp.settings import IdpSettings

PASSWORD = "Espace-Sante-2026!"


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher(memory_kib=64, passes=1, lanes=1, threads=2)


async def test_a_password_opens_its_own_hash_and_no_other(hasher: Hasher) -> None:
    kept = await hasher.hash(PASSWORD)
    assert PASSWORD not in kept
    assert await hasher.verify(kept, PASSWORD)
    assert not await hasher.verify(kept, PASSWORD + "x")
    assert await hasher.hash(PASSWORD) != kept


async def test_the_house_hashes_with_the_parameters_that_owasp_gives() -> None:
    kept = await hasher_of(IdpSettings()).hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_nobody_is_verified_too_and_never_right(hasher: Hasher) -> None:
    before = hasher.verifications
    assert not await hasher.verify(None, PASSWORD)
    assert hasher.verifications == before + 1


async def test_a_hash_made_with_other_parameters_is_known_as_old(hasher: Hasher) -> None:
    kept = await hasher.hash(PASSWORD)
    stronger = Hasher(memory_kib=128, passes=1, lanes=1, threads=1)
    assert not hasher.stale(kept)
    assert stronger.stale(kept)
    assert await stronger.verify(kept, PASSWORD)


async def test_the_same_password_composed_otherwise_is_the_same(hasher: Hasher) -> None:
    assert await hasher.verify(await hasher.hash("Été-2026-à!"), "E\u0301te\u0301-2026-a\u0300!")


async def test_what_is_kept_badly_refuses_and_does_not_fail(hasher: Hasher) -> None:
    assert not await hasher.verify("not a hash", PASSWORD)
    assert not await hasher.verify(await hasher.hash("x"), "x" * 100_000)


async def test_hashing_leaves_the_loop_to_the_others() -> None:
    slow = Hasher(memory_kib=19_456, passes=2, lanes=1, threads=1)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    beside = asyncio.create_task(tick())
    await asyncio.gather(*(slow.hash(PASSWORD) for _ in range(4)))
    beside.cancel()
    assert ticks > 4
