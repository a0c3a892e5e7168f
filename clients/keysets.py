"""The keys of a client: those that it registered, or those published at its address."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from joserfc.jwk import Key

from clients.records import Client
from kit import jose, jwe
from kit.clock import Clock
from kit.fetch import Fetch, Unreachable, Unusable
from kit.shared import Shared
from kit.telemetry import log

FRESH = timedelta(minutes=10)
"""A set that was fetched is used for this long without asking again."""
AGAIN = timedelta(seconds=30)
"""An address is asked at most this often, whatever key is looked for and however it fails."""
KEPT = timedelta(hours=1)
"""While its address fails, the last good set is used for this long after it was fetched."""
_MOST_KNOWN = 1_000
_MOST_KEYS = 50
"""Keys read of one set; what comes after is not looked at."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Read:
    """A set of keys, ready for use."""

    signing: list[Key]
    encrypting: list[Key]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What is known of an address."""

    asked_at: datetime
    fetched_at: datetime | None
    keys: _Read


_NOTHING = _Read([], [])


class KeySets:
    """Keys by client. What is registered is read once; what is at an address is fetched, and remembered for a while."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._registered = OrderedDict[str, tuple[Mapping[str, Any], _Read]]()
        self._published = OrderedDict[str, _Fetched]()
        self._fetching = Shared[_Fetched]()

    async def keys(self, client: Client, kid: str | None = None) -> list[Key]:
        """The keys that verify what the client signs; none when it has none, or they cannot be had.

        When none is called `kid`, the client's address is asked again, unless it just was; without `kid` as well, since
        keys without names change unseen. A client that registered its keys costs no wait.
        """
        if client.options.jwks_uri and client.jwks is None:
            return (await self._at(client.options.jwks_uri, kid, FRESH if kid else AGAIN)).signing
        return self._of(client).signing

    def known(self, client: Client) -> list[Key]:
        """The same without asking anybody, for where nothing can be waited for: good after `keys` a moment ago."""
        if client.options.jwks_uri and client.jwks is None:
            return self._held(client.options.jwks_uri, self._clock.now()).signing
        return self._of(client).signing

    async def encryption_key(self, client: Client, algorithm: str) -> Key | None:
        """The key that answers to this client are encrypted with, for a JWE `alg`; None when it has none.

        One that says it is for encryption comes before one that does not say what it is for.
        """
        if client.options.jwks_uri and client.jwks is None:
            found = await self._at(client.options.jwks_uri, None, FRESH)
        else:
            found = self._of(client)
        fitting = [key for key in found.encrypting if jwe.fits(key, algorithm)]
        return min(fitting, key=lambda key: (key.get("use") != "enc", key.get("alg") != algorithm), default=None)

    def _of(self, client: Client) -> _Read:
        if client.jwks is None:
            return _NOTHING
        known = self._registered.get(client.client_id)
        if known is not None and (known[0] is client.jwks or known[0] == client.jwks):
            return known[1]
        read = _read(client.jwks)
        _keep(self._registered, client.client_id, (client.jwks, read))
        return read

    async def _at(self, address: str, kid: str | None, patience: timedelta) -> _Read:
        now = self._clock.now()
        known = self._published.get(address)
        if known is not None and known.asked_at <= now:
            fresh = known.fetched_at is not None and now < known.fetched_at + patience
            wanted = kid is None or any(key.kid == kid for key in known.keys.signing)
            if (fresh and wanted) or now < known.asked_at + AGAIN:
                return self._held(address, now)
        await self._fetching.do(address, lambda: self._ask(address))
        return self._held(address, self._clock.now())

    def _held(self, address: str, now: datetime) -> _Read:
        """What may still be used of what was fetched."""
        known = self._published.get(address)
        if known is None or known.fetched_at is None or not known.fetched_at <= now < known.fetched_at + KEPT:
            return _NOTHING
        return known.keys

    async def _ask(self, address: str) -> _Fetched:
        before = self._published.get(address)
        asked_at = self._clock.now()
        try:
            said = await self._fetch.json(address, accept="application/jwk-set+json, application/json")
            if not isinstance(said, dict) or not isinstance(said.get("keys"), list):
                raise Unusable("not a key set")
            found = _Fetched(asked_at, asked_at, _read(said))
        except Unreachable as error:
            log.warning("keys_not_fetched", host=urlsplit(address).hostname, why=f"{type(error).__name__}: {error}")
            found = _Fetched(asked_at, before.fetched_at if before else None, before.keys if before else _NOTHING)
        _keep(self._published, address, found)
        return found


def _read(jwks: Mapping[str, Any]) -> _Read:
    some = {"keys": list(jwks.get("keys", []))[:_MOST_KEYS]}
    return _Read(jose.import_keys(some), jose.import_keys(some, use="enc"))


def _keep(known: OrderedDict[str, T], name: str, value: T) -> None:
    known[name] = value
    known.move_to_end(name)
    if len(known) > _MOST_KNOWN:
        known.popitem(last=False)
