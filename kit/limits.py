"""How often: throttles shared by the processes that share a Redis, kept in memory otherwise."""

import ipaddress
from collections.abc import Callable
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from kit.problems import Refusal


class Limits:
    """Moving windows by name and key. A rate is written "10 per 15 minutes".

    `era` changes when the demo's clock jumps: windows of another era are forgotten, as if their time had passed.
    """

    def __init__(self, url: str = "memory://", era: Callable[[], str] = lambda: "") -> None:
        self._redis = None if url.startswith("memory") else _redis(url)
        self._limiter = MovingWindowRateLimiter(self._redis or MemoryStorage())
        self._era = era
        self._items: dict[str, RateLimitItem] = {}

    async def allow(self, name: str, key: str, rate: str) -> bool:
        """Count one hit; False when the rate is exceeded (that hit is then not counted)."""
        return bool(await self._limiter.hit(self._item(rate), name, key, self._era()))

    async def spent(self, name: str, key: str, rate: str) -> bool:
        """True when no hit is left, without counting one."""
        return not await self._limiter.test(self._item(rate), name, key, self._era())

    async def demand(self, name: str, key: str, rate: str) -> None:
        """Count one hit. Raises Refusal(429) with Retry-After when the rate is exceeded."""
        if not await self.allow(name, key, rate):
            wait = str(self._item(rate).get_expiry())
            raise Refusal(
                "too_many_requests", "too many requests: wait and try again", status=429, headers={"retry-after": wait}
            )

    async def close(self) -> None:
        """Let go of the connections to the shared counters."""
        if self._redis is not None:
            bridge: Any = self._redis.bridge
            await bridge.get_connection().aclose()

    def _item(self, rate: str) -> RateLimitItem:
        if rate not in self._items:
            self._items[rate] = parse(rate)
        return self._items[rate]


def network_of(address: str) -> str:
    """What a caller is counted by: an IPv4 address, or the /64 that one IPv6 line is given whole (RFC 6177 §2)."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known.packed, 64), strict=False))


def _redis(url: str) -> RedisStorage:
    """Counters in Redis or Valkey; one that does not answer within two seconds is away."""
    return RedisStorage("async+" + url, implementation="redispy", socket_timeout=2, socket_connect_timeout=2)
