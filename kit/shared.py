"""What many ask for at the same moment is done once, for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Work by key: who asks while it is under way waits for the same answer, or the same exception."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[T]] = {}

    async def do(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """The answer of `work`, begun now or by somebody else a moment ago. Nobody who gives up stops it for others."""
        known = self._under_way.get(key)
        if known is None:
            known = self._under_way[key] = asyncio.ensure_future(work())
            known.add_done_callback(lambda done: self._over(key, done))
        return await asyncio.shield(known)

    def renounce(self, key: str) -> None:
        """Whoever asks from now on gets an answer begun later than this."""
        self._under_way.pop(key, None)

    def _over(self, key: str, done: "asyncio.Future[T]") -> None:
        if self._under_way.get(key) is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at: everybody may have given up before it came
