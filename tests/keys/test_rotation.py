"""A key is known before it signs and verified after it stopped."""

import threading
import time
from datetime import timedelta

import pytest
from joserfc.jwk import Key

from keys import making, people, rotation
from keys.records import State
from keys.ring import KeyRing, NoKey
from keys.settings import KeySettings
from kit import jose, jwe
from kit.seals import Broken, Vault

SETTINGS = KeySettings(algorithms=("ES256",), encryption=())


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


async def test_an_algorithm_that_the_settings_gain_has_a_key_at_the_next_look(database, clock, vault):
    more = KeySettings(algorithms=("ES256", "EdDSA"), encryption=("ECDH-ES",))
    await database.work(lambda db: rotation.tick(db, vault, more, clock.now()))
    ring = KeyRing(database, clock, vault, more)
    await ring.refresh()
    assert ring.all() == []  # nothing is begun by a worker before there was an installation
    await database.work(lambda db: rotation.ensure(db, vault, SETTINGS, clock.now()))
    assert await database.read(lambda db: rotation.due(db, vault, more, clock.now())) == ("EdDSA", "ECDH-ES")
    await database.work(lambda db: rotation.tick(db, vault, more, clock.now()))
    await ring.refresh()
    assert ring.algorithms == ("ES256", "EdDSA")
    assert ring.encryption_algorithms == ("ECDH-ES",)
    assert await database.read(lambda db: rotation.due(db, vault, more, clock.now())) == ()


async def test_every_key_signs_what_its_published_half_verifies(database, clock, vault):
    settings = KeySettings()
    ring = KeyRing(database, clock, vault, settings)
    await database.work(lambda db: rotation.ensure(db, vault, settings, clock.now()))
    await ring.refresh()
    published = jose.import_keys(ring.jwks())
    for algorithm in settings.algorithms:
        token = jose.sign({"a": 1}, ring.signing(algorithm), algorithm=algorithm, typ="x")
        assert jose.verify_signature(token, published, algorithms=(algorithm,), typ=("x",)) == {"a": 1}


async def test_what_is_encrypted_to_a_key_is_opened_after_the_next_one_came_and_until_its_end(database, clock, vault):
    settings = KeySettings(algorithms=("ES256",))
    ring = KeyRing(database, clock, vault, settings)
    await database.work(lambda db: rotation.ensure(db, vault, settings, clock.now()))
    await ring.refresh()
    assert ring.encryption_algorithms == ("RSA-OAEP-256", "ECDH-ES")
    published = jose.import_keys(ring.jwks(), "enc")
    tokens = [jwe.encrypt(b"x", key, algorithm=str(key.alg)) for key in published]
    assert [jwe.decrypt(token, ring.decrypting()) for token in tokens] == [b"x", b"x"]

    await database.work(lambda db: rotation.announce(db, vault, settings, clock.now()))
    await ring.refresh()
    after = {key.kid for key in jose.import_keys(ring.jwks(), "enc")}
    assert len(after) == 2
    assert not after & {key.kid for key in published}
    assert [jwe.decrypt(token, ring.decrypting()) for token in tokens] == [b"x", b"x"]
    assert len(ring.verifying()) == 2  # nothing is verified with a key that others encrypt to

    await database.work(lambda db: rotation.announce(db, vault, settings, clock.now()))
    await ring.refresh()
    assert {key.kid for key in jose.import_keys(ring.jwks(), "enc")} == after  # once a rotation

    clock.advance(settings.overlap)
    await database.work(lambda db: rotation.tick(db, vault, settings, clock.now()))
    await ring.refresh()
    for token in tokens:
        with pytest.raises(jose.UnknownKey):
            jwe.decrypt(token, ring.decrypting())


async def test_keys_are_made_in_threads_and_nobody_waits_for_them(database, clock, vault, monkeypatch):
    """The event loop goes on while primes are looked for, and the transaction finds the keys ready."""
    settings, here, made_by = KeySettings(), threading.get_ident(), []

    def noted(algorithm: str, kid: str, generate=jose.generate) -> Key:
        made_by.append(threading.get_ident())
        return generate(algorithm, kid)

    monkeypatch.setattr(jose, "generate", noted)
    wanted = await database.read(lambda db: rotation.missing(db, vault, settings))
    stock = await making.stock(settings, wanted, clock.now())
    await database.work(lambda db: rotation.ensure(db, vault, settings, clock.now(), stock))
    assert len(made_by) == 4
    assert here not in made_by
    clock.advance(settings.rotate_every)
    due = await database.read(lambda db: rotation.due(db, vault, settings, clock.now()))
    assert due == (*settings.algorithms, *settings.encryption)
    stock = await making.stock(settings, due, clock.now())
    await database.work(lambda db: rotation.tick(db, vault, settings, clock.now(), stock))
    assert len(made_by) == 8
    assert here not in made_by


async def test_a_sealed_rsa_key_is_read_quickly_and_signs(database, clock, vault):
    settings = KeySettings(algorithms=("RS256", "PS256"), encryption=("RSA-OAEP-256",))
    await database.work(lambda db: rotation.ensure(db, vault, settings, clock.now()))
    ring = KeyRing(database, clock, vault, settings)
    began = time.perf_counter()
    await ring.refresh()
    assert time.perf_counter() - began < 0.1  # proving three pairs of primes again takes more
    token = jose.sign({"a": 1}, ring.signing("PS256"), algorithm="PS256", typ="x")
    assert jose.verify_signature(token, ring.verifying(), algorithms=("PS256",), typ=("x",)) == {"a": 1}


async def test_the_key_set_tells_nothing_private(database, clock, vault):
    ring = KeyRing(database, clock, vault, KeySettings())
    await database.work(lambda db: rotation.ensure(db, vault, KeySettings(), clock.now()))
    await ring.refresh()
    said = [(key["alg"], key["use"]) for key in ring.jwks()["keys"]]
    assert sorted(said) == [
        ("ECDH-ES", "enc"), ("ES256", "sig"), ("EdDSA", "sig"), ("PS256", "sig"), ("RS256", "sig"),
        ("RSA-OAEP-256", "enc"),
    ]  # fmt: skip
    assert len({key["kid"] for key in ring.jwks()["keys"]}) == 6
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
