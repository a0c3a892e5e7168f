"""Keys that are made and used in a device and never leave it: a software token stands for it here."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keys import making, rotation, store
from keys.device import Device, DeviceKey, NoDevice
from keys.records import State
from keys.ring import KeyRing
from keys.settings import KeySettings, Pkcs11Settings
from keys.signers import keepers
from kit import jose
from kit.database import Database
from kit.seals import Vault
from tests.house import StillClock

pytestmark = pytest.mark.token

ALL = ("ES256", "ES384", "RS256", "PS256", "EdDSA")
_PLACES = ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm")


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pkcs11Settings]:
    """A token of this run's own, with its PIN in a file: a process reads the library's settings once."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    (folder / "pin").write_text("12345678\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        begin = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "espace",
            "--pin",
            "12345678",
            "--so-pin",
            "87654321",
        ]
        subprocess.run(begin, check=True, capture_output=True)
        module = next(str(one) for one in (Path(place) / "libsofthsm2.so" for place in _PLACES) if one.exists())
        yield Pkcs11Settings(module=module, token="espace", pin_file=str(folder / "pin"), algorithms=ALL)


@pytest.fixture(scope="session")
def device(token: Pkcs11Settings) -> Iterator[Device]:
    """The process's own: a library is opened once."""
    made = keepers(settings(token))._device
    assert isinstance(made, Device)
    yield made
    made.close()


def settings(token: Pkcs11Settings) -> KeySettings:
    return KeySettings(algorithms=ALL, encryption=("ECDH-ES",), pkcs11=token)


@pytest.mark.parametrize("algorithm", ALL)
def test_a_device_signs_what_anybody_verifies(device: Device, algorithm: str) -> None:
    made = device.make(algorithm, f"kid-{algorithm}")
    assert made.public.keys() >= {"kty", "kid", "alg", "use"}
    assert made.kept == {"pkcs11": f"kid-{algorithm}"}
    public = jose.import_key(made.public)
    token = jose.sign({"sub": "é"}, made.private, algorithm=algorithm, typ="JWT")
    assert jose.verify_signature(token, [public], algorithms=(algorithm,), typ=("jwt",)) == {"sub": "é"}
    later = device.open(str(made.private.kid), algorithm, made.kept)
    token = jose.sign({}, later, algorithm=algorithm, typ="JWT")
    assert jose.verify_signature(token, [public], algorithms=(algorithm,), typ=("jwt",)) == {}


def test_a_private_key_cannot_be_read_or_taken_out(device: Device) -> None:
    from pkcs11 import Attribute, ObjectClass

    device.make("ES256", "kid-closed")
    key = device._session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="kid-closed")
    assert key[Attribute.SENSITIVE]
    assert not key[Attribute.EXTRACTABLE]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # a search that the lost session had begun
def test_a_session_that_was_lost_is_opened_again(device: Device) -> None:
    made = device.make("ES256", "kid-lost")
    device._session.close()
    token = jose.sign({}, made.private, algorithm="ES256", typ="JWT")
    assert jose.verify_signature(token, [jose.import_key(made.public)], algorithms=("ES256",), typ=None) == {}


def test_what_is_not_there_is_named(device: Device, token: Pkcs11Settings, tmp_path: Path) -> None:
    with pytest.raises(NoDevice, match="NoSuchKey"):
        device.sign("nobody", b"x", "ES256")
    with pytest.raises(ValueError):
        device.make("HS256", "kid-shared")
    with pytest.raises(NoDevice, match="cannot be loaded"):
        Device(Pkcs11Settings(module="/nowhere.so", token="espace", pin_file=token.pin_file)).sign("a", b"x", "ES256")
    with pytest.raises(NoDevice, match="PIN"):
        Device(Pkcs11Settings(module=token.module, token="espace")).sign("a", b"x", "ES256")
    with pytest.raises(NoDevice, match="NoSuchToken"):
        Device(Pkcs11Settings(module=token.module, token="other", pin_file=token.pin_file)).sign("a", b"x", "ES256")


async def test_the_ring_rotates_keys_of_a_device_and_the_database_holds_none_of_them(
    device: Device, token: Pkcs11Settings, database: Database, clock: StillClock, vault: Vault
) -> None:
    chosen = settings(token)
    ring = KeyRing(database, clock, vault, chosen)
    stock = await making.stock(chosen, (*ALL, "ECDH-ES"), clock.now())
    await database.work(lambda db: rotation.ensure(db, vault, chosen, clock.now(), stock))
    await ring.refresh()
    assert all(isinstance(ring.signing(algorithm), DeviceKey) for algorithm in ALL)
    assert len(ring.decrypting()) == 1
    tokens = {alg: jose.sign({"a": alg}, ring.signing(alg), algorithm=alg, typ="x") for alg in ALL}

    def private_halves(db: Any) -> list[dict[str, Any]]:
        seal = vault.seal(store.PURPOSE)
        rows = db.execute(store.select(store.signing)).all()
        return [json.loads(seal.open(row.private, row.kid)) for row in rows if row.algorithm in ALL]

    kept = await database.read(private_halves)
    assert sorted(kept, key=str) == sorted(({"pkcs11": ring.signing(alg).kid} for alg in ALL), key=str)

    await database.work(lambda db: rotation.announce(db, vault, chosen, clock.now()))
    await database.work(lambda db: rotation.promote(db, chosen, clock.now()))
    await ring.refresh()
    for alg, former in tokens.items():
        assert ring.signing(alg).kid != jose.header_of(former)["kid"]
        fresh = jose.sign({"a": alg}, ring.signing(alg), algorithm=alg, typ="x")
        for one in (former, fresh):
            assert jose.verify_signature(one, ring.verifying(), algorithms=(alg,), typ=("x",)) == {"a": alg}
    assert {key.state for key in ring.all() if key.algorithm in ALL} == {State.SIGNING, State.RETIRED}


async def test_without_the_device_nothing_is_signed_by_its_keys(
    device: Device, token: Pkcs11Settings, database: Database, clock: StillClock, vault: Vault
) -> None:
    from keys.ring import NoKey

    chosen = settings(token)
    await database.work(lambda db: rotation.ensure(db, vault, chosen, clock.now()))
    ring = KeyRing(database, clock, vault, KeySettings(algorithms=ALL))
    await ring.refresh()
    with pytest.raises(NoKey):
        ring.signing("ES256")
    assert len(ring.verifying()) == len(ALL)


def test_another_process_signs_with_the_same_key(device: Device, token: Pkcs11Settings) -> None:
    made = device.make("ES256", "kid-shared")
    said = (
        "from keys.device import Device; from keys.settings import Pkcs11Settings; from kit import jose;"
        f"device = Device(Pkcs11Settings({token.module!r}, {token.token!r}, {token.pin_file!r}));"
        "print(jose.sign({'a': 1}, device.open('kid-shared', 'ES256', {}), algorithm='ES256', typ='x'))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, cwd=root, env=dict(os.environ)
    )
    key = jose.import_key(made.public)
    assert jose.verify_signature(done.stdout.strip(), [key], algorithms=("ES256",), typ=("x",)) == {"a": 1}
