"""What the tests of answers share: a registration changed, and tokens of ours read as their client would."""

from dataclasses import replace
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from clients import store
from clients.options import Options
from keys import store as keys
from keys.records import State
from kit import jose
from tests.house import Home

RSA = RSAKey.generate_key(2048, {"kid": "rsa-enc", "use": "enc"})
EC = ECKey.generate_key("P-256", {"kid": "ec-enc", "use": "enc"})
X25519 = OKPKey.generate_key("X25519", {"kid": "x-enc", "use": "enc"})
KEYS: dict[str, Key] = {"RSA-OAEP-256": RSA, "ECDH-ES": EC, "ECDH-ES+A128KW": EC, "ECDH-ES+A256KW": EC}


async def register(house: Home, client_id: str = "bench", *, options: dict[str, Any], **changes: Any) -> None:
    """Change what an app of the demo registered."""

    def change(db: Any) -> bool:
        known = store.find(db, client_id)
        assert known is not None
        kept = Options.from_json({**known.options.to_json(), **options})
        return store.replace(db, replace(known, options=kept, **changes), house.clock.now())

    assert await house.database.work(change)
    house.house.clients.forget(client_id)


async def sign_with(house: Home, *algorithms: str) -> None:
    """Have the provider sign with more algorithms than it usually does."""
    seal = house.ground.vault.seal(keys.PURPOSE)

    def add(db: Any) -> None:
        for algorithm in set(algorithms) - {key.algorithm for key in house.ring.all()}:
            keys.add(db, seal, algorithm, State.SIGNING, house.clock.now())

    await house.database.work(add)
    await house.ring.refresh()


def public(*some: Key) -> dict[str, Any]:
    """A key set as an app registers it."""
    return {"keys": [key.as_dict(private=False) for key in some]}


def opened(token: str, key: Key) -> tuple[dict[str, Any], str]:
    """The header and the content of an encrypted token."""
    found = jwe.decrypt_compact(token, key, algorithms=[*KEYS, "A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"])
    assert found.plaintext is not None
    return dict(found.protected), found.plaintext.decode()


async def verified(house: Home, token: str, algorithm: str, typ: str = "JWT") -> dict[str, Any]:
    """The claims of a token that one of the published keys signed, with that algorithm and no other."""
    published = (await house.client.get("/jwks")).json()
    header = jws.extract_compact(token.encode()).headers()
    assert header["alg"] == algorithm
    assert header["typ"] == typ
    return jose.verify_signature(token, jose.import_keys(published), algorithms=(algorithm,), typ=(typ,))
