"""The keys in use by this process, read again every few seconds."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from joserfc.jwk import ECKey, Key, RSAKey
from sqlalchemy import Connection

from keys import store
from keys.records import OwnKey, Private, State
from keys.settings import KeySettings
from keys.signers import keepers
from kit import jose
from kit.clock import Clock
from kit.database import Database
from kit.seals import Vault


class NoKey(Exception):
    """No key signs with that algorithm: run `espace keys rotate`."""


class KeyRing:
    """Sign with the current key, verify with all that may still have signed something valid, open what is for us."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, settings: KeySettings) -> None:
        self._database = database
        self._clock = clock
        self._seal = vault.seal(store.PURPOSE)
        self.settings = settings
        self._keys: list[OwnKey] = []
        self._signing: dict[str, Private] = {}
        self._verifying: list[Key] = []
        self._decrypting: list[Key] = []
        self._jwks: dict[str, Any] = {"keys": []}
        self._read_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Read the keys from the database."""
        self.take(await self._database.read(self._read))

    async def keep_fresh(self) -> None:
        """Read the keys again when what is known is older than the setting allows: once, however many ask."""
        if not self._fresh():
            async with self._turn:
                if not self._fresh():
                    await self.refresh()

    def reload(self, db: Connection) -> None:
        """Read the keys within a unit of work."""
        self.take(self._read(db))

    def take(self, keys: Sequence[OwnKey]) -> None:
        """Use these keys from now on."""
        before = [(key.kid, key.state) for key in self._keys]
        self._read_at = self._clock.now()
        if before == [(key.kid, key.state) for key in keys]:
            return
        self._keys = list(keys)
        self._signing = {k.algorithm: k.private for k in keys if k.state is State.SIGNING and k.private is not None}
        self._verifying = [jose.import_key(k.public) for k in keys if not k.encrypts]
        opening = [k.private for k in reversed(keys) if k.encrypts]
        self._decrypting = [key for key in opening if isinstance(key, ECKey | RSAKey)]
        self._jwks = {"keys": [k.public for k in keys if k.published]}

    def signing(self, algorithm: str = "ES256") -> Private:
        """The private key that signs with `algorithm` now. Raises NoKey."""
        try:
            return self._signing[algorithm]
        except KeyError:
            raise NoKey(f"no key signs with {algorithm}") from None

    def decrypting(self) -> list[Key]:
        """The private keys that open what was encrypted to us, the newest first."""
        return self._decrypting

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that we sign with, in the order of the settings."""
        return tuple(alg for alg in self.settings.algorithms if alg in self._signing)

    @property
    def encryption_algorithms(self) -> tuple[str, ...]:
        """The algorithms of the keys that others may encrypt to, in the order of the settings."""
        held = {key.algorithm for key in self._keys if key.state is State.DECRYPTING}
        return tuple(alg for alg in self.settings.encryption if alg in held)

    def verifying(self) -> list[Key]:
        """The public keys of everything we may have signed that is still valid."""
        return self._verifying

    def jwks(self) -> dict[str, Any]:
        """The published key set (RFC 7517 §5): announced, signing and retired keys, and those to encrypt to."""
        return self._jwks

    def all(self) -> list[OwnKey]:
        """Every key known."""
        return list(self._keys)

    def _fresh(self) -> bool:
        now = self._clock.now()
        return self._read_at is not None and self._read_at <= now < self._read_at + self.settings.refresh_every

    def _read(self, db: Connection) -> list[OwnKey]:
        """What is in the database now; private halves that are known already are not looked for again."""
        opened = {one.kid: one.private for one in self._keys if one.private is not None}
        return store.all_keys(db, self._seal, keepers(self.settings), opened)
