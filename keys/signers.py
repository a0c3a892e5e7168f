"""Where private keys are made and kept: in the database, sealed, or in a device that they never leave."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from joserfc.jwk import RSAKey
from joserfc.util import base64_to_int

from keys.records import Made, Private
from keys.settings import KeySettings
from kit import jose, jwe


class Keeper(Protocol):
    """Makes key pairs and finds their private halves again. A KMS fits here as well: see docs/keys.md."""

    def make(self, algorithm: str, kid: str) -> Made:
        """A new pair. It may take a second: call it from a thread."""
        ...

    def open(self, kid: str, algorithm: str, kept: Mapping[str, Any]) -> Private:
        """The private half of a pair that it made."""
        ...


class Local:
    """Private keys as JWKs."""

    def make(self, algorithm: str, kid: str) -> Made:
        """Raises ValueError for an algorithm that we do not know."""
        key = (jwe if algorithm in jwe.ALGORITHMS else jose).generate(algorithm, kid)
        public = {**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": key.get("use")}
        return Made(kid, algorithm, public, key, key.as_dict(private=True))

    def open(self, kid: str, algorithm: str, kept: Mapping[str, Any]) -> Private:
        """What was sealed by us needs no proof that its primes are prime, which takes a tenth of a second."""
        if kept.get("kty") != "RSA":
            return jose.import_key(kept, "enc" if algorithm in jwe.ALGORITHMS else "sig")
        n, e, d, p, q, dp, dq, qi = (base64_to_int(kept[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi"))
        numbers = RSAPrivateNumbers(p, q, d, dp, dq, qi, RSAPublicNumbers(e, n))
        raw = numbers.private_key(unsafe_skip_rsa_key_validation=True)
        return RSAKey(raw, raw, {"kid": kid, "alg": algorithm, "use": kept["use"]})


class Keepers:
    """The keeper of each algorithm, as the settings have it."""

    def __init__(self, settings: KeySettings) -> None:
        self._local = Local()
        self._device: Keeper | None = None
        self._in_device: frozenset[str] = frozenset()
        if settings.pkcs11.module:
            from keys.device import Device

            self._device = Device(settings.pkcs11)
            self._in_device = frozenset(settings.pkcs11.algorithms) - frozenset(jwe.ALGORITHMS)

    def make(self, algorithm: str, kid: str) -> Made:
        """A new pair, where its algorithm is kept."""
        keeper = self._device if self._device is not None and algorithm in self._in_device else self._local
        return keeper.make(algorithm, kid)

    def open(self, kid: str, algorithm: str, kept: Mapping[str, Any]) -> Private | None:
        """The private half, wherever its pair was made; None when that is a device that the settings no longer have."""
        if "pkcs11" not in kept:
            return self._local.open(kid, algorithm, kept)
        return self._device.open(kid, algorithm, kept) if self._device is not None else None


@lru_cache(maxsize=8)
def keepers(settings: KeySettings) -> Keepers:
    """One set for the whole process: a device is opened once."""
    return Keepers(settings)
