"""Keys made ahead, in threads: nobody waits for prime numbers, neither a request nor a transaction."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from keys.records import Made
from keys.settings import KeySettings
from keys.signers import keepers
from kit.ids import new


class Stock:
    """Key pairs ready for use, by algorithm. One that is missing is made when it is taken."""

    def __init__(self, settings: KeySettings, made: Iterable[Made] = ()) -> None:
        self._keepers = keepers(settings)
        self._made = list(made)

    def take(self, algorithm: str, now: datetime) -> Made:
        """A pair that nobody else has."""
        for one in self._made:
            if one.algorithm == algorithm:
                self._made.remove(one)
                return one
        return self._keepers.make(algorithm, new("key", now))


async def stock(settings: KeySettings, algorithms: Iterable[str], now: datetime) -> Stock:
    """A pair for each of `algorithms`, made side by side."""
    here = keepers(settings)
    made = await asyncio.gather(*(asyncio.to_thread(here.make, alg, new("key", now)) for alg in algorithms))
    return Stock(settings, made)
