"""Password hashes: argon2id, in threads of their own, never inside a transaction."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from idp.accounts.attempts import Turns
from idp.accounts.passwords import LONGEST, canonical
from idp.settings import IdpSettings


class Hasher:
    """Hashes and verifies with the parameters of the settings (OWASP: 19 MiB, two passes, one lane).

    Its threads bound both the processors and the memory that sign-ins may take at the same time. Verifying against
    nothing costs the same as verifying against a hash: an unknown identifier cannot be told by the time it takes.
    """

    def __init__(self, *, memory_kib: int, passes: int, lanes: int, threads: int) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self.turns = Turns(threads)
        """Take one around a verification that throttles count: no more are under way than there are threads."""
        self._nobody = self._argon2.hash(secrets.token_urlsafe(16))
        self.verifications = 0
        """How many times a password was verified: what the tests of equal work look at."""

    async def hash(self, password: str) -> str:
        """The hash to keep of a new password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, canonical(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """True when `password` is the one kept. None stands for nobody: False, after the same work."""
        self.verifications += 1
        typed = canonical(password[: LONGEST + 1])
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, kept, typed)

    def stale(self, kept: str) -> bool:
        """True when the hash was made with other parameters: make it again while the password is at hand."""
        return self._argon2.check_needs_rehash(kept)

    def _verify(self, kept: str | None, typed: str) -> bool:
        try:
            right = self._argon2.verify(kept or self._nobody, typed)
        except (VerificationError, InvalidHashError):
            return False
        return right and kept is not None and len(typed) <= LONGEST


@lru_cache(maxsize=4)
def hasher(memory_kib: int, passes: int, lanes: int, threads: int) -> Hasher:
    """The hasher with these parameters: one a process, so that its threads are bounded together."""
    return Hasher(memory_kib=memory_kib, passes=passes, lanes=lanes, threads=threads)


def hasher_of(settings: IdpSettings) -> Hasher:
    """The hasher that the settings ask for."""
    return hasher(
        settings.argon2_memory_kib, settings.argon2_time, settings.argon2_parallelism, settings.hashing_threads
    )
