"""A key is known before it signs and verified after it stopped."""

from datetime import timedelta

import pytest

from keys import people, rotation
from keys.records import State
from keys.ring import KeyRing, NoKey
from keys.settings import KeySettings
from kit import jose
from kit.seals import Broken, Vault

SETTINGS = KeySettings(algorithms=("ES256",))


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)


async def test_a_token_signed_before_a_rotation_verifies_after_it(database, clock, vault):
    ring = KeyRing(database, clock, vault, SETTINGS)
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    await ring.refresh()
    token = jose.sign({"exp": clock.now().timestamp() + 3600}, ring.signing(), algorithm="ES256", typ="x")
    first = ring.signing().kid

    await database.work(lambda db: rotation.announce(db, vault, SETTINGS, clock.now()))
    await ring.refresh()
    assert ring.signing().kid == first
    assert len(ring.jwks()["keys"]) == 2

    await database.work(lambda db: rotation.promote(db, SETTINGS, clock.now()))
    await ring.refresh()
    assert ring.signing().kid != first
    verified = jose.verify(
        token, ring.verifying(), algorithms=("ES256",), typ=("x",), issuer=None, audience=None, now=clock.now()
    )
    assert verified["exp"]


async def test_a_retired_key_has_no_private_part_and_dies_after_the_overlap(database, clock, vault):
    ring = KeyRing(database, clock, vault, SETTINGS)
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    await database.work(lambda db: rotation.announce(db, vault, SETTINGS, clock.now()))
    await database.work(lambda db: rotation.promote(db, SETTINGS, clock.now()))
    await ring.refresh()
    retired = [key for key in ring.all() if key.state is State.RETIRED]
    assert [key.private for key in retired] == [None]
    clock.advance(SETTINGS.overlap + timedelta(seconds=1))
    await database.work(lambda db: rotation.tick(db, vault, SETTINGS, clock.now()))
    await ring.refresh()
    assert len(ring.all()) == 1


async def test_keys_rotate_by_themselves_when_their_time_has_come(database, clock, vault):
    ring = KeyRing(database, clock, vault, SETTINGS)

    async def tick() -> None:
        await database.work(lambda db: rotation.tick(db, vault, SETTINGS, clock.now()))
        await ring.refresh()

    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    await ring.refresh()
    first = ring.signing().kid
    await tick()
    assert len(ring.all()) == 1
    clock.advance(SETTINGS.rotate_every)
    await tick()
    assert ring.signing().kid == first
    assert len(ring.all()) == 2
    clock.advance(SETTINGS.announce_for)
    await tick()
    assert ring.signing().kid != first


async def test_the_key_set_tells_nothing_private(database, clock, vault):
    ring = KeyRing(database, clock, vault, KeySettings())
    await database.work(lambda db: rotation.ensure(db, vault, KeySettings(), clock.now()))
    await ring.refresh()
    assert {key["alg"] for key in ring.jwks()["keys"]} == {"ES256", "RS256"}
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in ring.jwks()["keys"] for name in key}


async def test_another_master_key_opens_nothing(database, clock, vault):
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    with pytest.raises(Broken):
        await KeyRing(database, clock, Vault(b"z" * 32), SETTINGS).refresh()


async def test_an_algorithm_without_key_is_refused(database, clock, vault):
    ring = KeyRing(database, clock, vault, SETTINGS)
    await ring.refresh()
    with pytest.raises(NoKey):
        ring.signing("ES256")


async def test_what_a_person_s_key_sealed_is_lost_with_it(database, clock, vault):
    sealed = await database.work(
        lambda db: people.seal_for(db, vault, "per_1", clock.now()).close(b"secret of one", "here")
    )
    again = await database.work(lambda db: people.seal_for(db, vault, "per_1", clock.now()))
    assert again.open(sealed, "here") == b"secret of one"
    other = await database.work(lambda db: people.seal_for(db, vault, "per_2", clock.now()))
    with pytest.raises(Broken):
        other.open(sealed, "here")
    assert await database.work(lambda db: people.destroy(db, "per_1"))
    assert await database.read(lambda db: people.seal_of(db, vault, "per_1")) is None
