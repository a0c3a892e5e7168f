"""Throttles count, forget with time, and are shared by those who share a Redis."""

import os
import uuid

import pytest

from kit.limits import Limits
from kit.problems import Refusal


async def test_a_rate_is_allowed_and_no_more() -> None:
    limits = Limits()
    answers = [await limits.allow("sign-in", "a", "3 per minute") for _ in range(5)]
    assert answers == [True, True, True, False, False]
    assert await limits.allow("sign-in", "b", "3 per minute")
    assert await limits.allow("other", "a", "3 per minute")


async def test_a_demand_beyond_the_rate_says_how_long_to_wait() -> None:
    limits = Limits()
    await limits.demand("sign-in", "a", "1 per minute")
    with pytest.raises(Refusal) as told:
        await limits.demand("sign-in", "a", "1 per minute")
    assert (told.value.status, told.value.headers["retry-after"]) == (429, "60")


async def test_looking_counts_nothing() -> None:
    limits = Limits()
    for _ in range(3):
        assert not await limits.spent("sign-in", "a", "1 per minute")
    await limits.allow("sign-in", "a", "1 per minute")
    assert await limits.spent("sign-in", "a", "1 per minute")


async def test_another_era_begins_anew() -> None:
    era = ["one"]
    limits = Limits(era=lambda: era[0])
    assert await limits.allow("sign-in", "a", "1 per minute")
    assert not await limits.allow("sign-in", "a", "1 per minute")
    era[0] = "two"
    assert await limits.allow("sign-in", "a", "1 per minute")


@pytest.mark.redis
async def test_processes_that_share_a_redis_share_their_throttles() -> None:
    url, key = os.environ["ESPACE_TEST_REDIS"], uuid.uuid4().hex
    one, other = Limits(url), Limits(url)
    answers = [await limits.allow("sign-in", key, "3 per minute") for limits in (one, other, one, other)]
    assert answers == [True, True, True, False]
    for limits in (one, other):
        await limits.close()
