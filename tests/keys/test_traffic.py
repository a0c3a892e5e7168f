"""Keys change under traffic, in two processes that read them when they think of it, without one failed verification."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import Key

from keys import making, rotation
from keys.records import State
from keys.ring import KeyRing
from keys.settings import KeySettings
from kit import jose
from kit.database import Database
from kit.seals import Vault
from tests.house import StillClock

SETTINGS = KeySettings(
    algorithms=("ES256", "EdDSA"),
    encryption=(),
    rotate_every=timedelta(seconds=90),
    announce_for=timedelta(seconds=40),
    overlap=timedelta(seconds=40),
    jwks_max_age=timedelta(seconds=30),
)
"""Everything as in a year, within minutes: announced for longer than anybody remembers our keys."""
LIFETIME = 30


@dataclass
class Process:
    """A server of ours: its own connections, its own idea of the keys."""

    database: Database
    ring: KeyRing


@dataclass
class Outsider:
    """Somebody who verifies what we signed, and remembers our key set for as long as we said."""

    clock: StillClock
    keys: list[Key] = field(default_factory=list)
    read_at: datetime | None = None

    def known(self, ring: KeyRing) -> list[Key]:
        now = self.clock.now()
        if self.read_at is None or now >= self.read_at + SETTINGS.jwks_max_age:
            self.keys, self.read_at = jose.import_keys(ring.jwks()), now
        return self.keys


@pytest.fixture
async def processes(database: Database, clock: StillClock, vault: Vault) -> AsyncIterator[list[Process]]:
    """Three processes on one database."""
    address = database.engine.url.render_as_string(hide_password=False)
    opened = [Database.open(address, synchronous="OFF") for _ in range(3)]
    made = [Process(one, KeyRing(one, clock, vault, SETTINGS)) for one in opened]
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    yield made
    for one in opened:
        await one.close()


async def test_keys_change_under_traffic_without_one_failure(
    processes: list[Process], clock: StillClock, vault: Vault
) -> None:
    chance = random.Random(7)
    outsiders = [Outsider(clock) for _ in range(4)]
    issued: list[tuple[str, str]] = []
    signed_by: set[str] = set()
    verified = 0

    async def request() -> None:
        nonlocal verified
        signing, verifying = chance.choice(processes).ring, chance.choice(processes).ring
        algorithm = chance.choice(SETTINGS.algorithms)
        await signing.keep_fresh()
        claims = {"exp": clock.now().timestamp() + LIFETIME}
        token = jose.sign(claims, signing.signing(algorithm), algorithm=algorithm, typ="x")
        issued.append((token, algorithm))
        signed_by.add(str(jose.header_of(token)["kid"]))
        await asyncio.sleep(0)
        outsider = chance.choice(outsiders)
        for keys in (verifying.verifying(), outsider.known(verifying)):
            for one, how in [(token, algorithm), *chance.sample(issued, min(3, len(issued)))]:
                if jose.peek(one)["exp"] > clock.now().timestamp():
                    jose.verify(one, keys, algorithms=(how,), typ=("x",), issuer=None, audience=None, now=clock.now())
                    verified += 1

    async def work() -> None:
        """What the worker of one process does; any of them, at any moment."""
        database = chance.choice(processes).database
        due = await database.read(lambda db: rotation.due(db, vault, SETTINGS, clock.now()))
        stock = await making.stock(SETTINGS, due, clock.now())
        await database.work(lambda db: rotation.tick(db, vault, SETTINGS, clock.now(), stock))

    for process in processes:
        await process.ring.refresh()
    for _ in range(300):
        clock.advance(timedelta(seconds=chance.choice((0, 1, 1, 2, 3))))
        for process in processes:  # each by itself, at most so long ago
            await process.ring.keep_fresh()
        await asyncio.gather(*(request() for _ in range(6)), work())
        issued[:] = issued[-60:]
    assert len(signed_by) >= 6  # three generations of two algorithms
    assert verified > 5_000
    states: Any = [key.state for key in processes[0].ring.all()]
    assert len(states) <= 6
    assert states.count(State.SIGNING) == 2


async def test_a_key_that_signs_the_moment_it_is_made_fails_somewhere(
    processes: list[Process], database: Database, clock: StillClock, vault: Vault
) -> None:
    """What announcing is for: without it, another process meets a key that it never heard of."""
    for process in processes:
        await process.ring.refresh()
    await database.work(lambda db: rotation.announce(db, vault, SETTINGS, clock.now()))
    await database.work(lambda db: rotation.promote(db, SETTINGS, clock.now()))
    await processes[0].ring.refresh()
    token = jose.sign({}, processes[0].ring.signing(), algorithm="ES256", typ="x")
    with pytest.raises(jose.UnknownKey):
        jose.verify_signature(token, processes[1].ring.verifying(), algorithms=("ES256",), typ=("x",))
    clock.advance(SETTINGS.refresh_every)
    await processes[1].ring.keep_fresh()
    assert jose.verify_signature(token, processes[1].ring.verifying(), algorithms=("ES256",), typ=("x",)) == {}
