"""Private keys in a device (PKCS #11): made in it, used in it, never outside."""

import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256, sha384
from pathlib import Path
from typing import Any, TypeVar

from keys.records import Made
from keys.settings import Pkcs11Settings
from kit.jose import Signer

T = TypeVar("T")

_CURVES = {"ES256": ("secp256r1", "P-256", 65), "ES384": ("secp384r1", "P-384", 97), "EdDSA": ("1.3.101.112", "", 32)}
"""Algorithm: the curve's name, as a JWK says it, bytes of a point."""


class NoDevice(Exception):
    """The device, its token or a key of it is not there; the message says which."""


class DeviceKey:
    """A private key of the device (kit.jose.Signer)."""

    def __init__(self, device: "Device", kid: str) -> None:
        self._device = device
        self.kid: str | None = kid

    def sign(self, message: bytes, algorithm: str) -> bytes:
        """As a JWS has it. Raises NoDevice."""
        return self._device.sign(str(self.kid), message, algorithm)


class Device:
    """One session with the token, opened at first use, and again once when the token went away meanwhile.

    PKCS #11 libraries are not asked two things at a time: one lock for all. Raises NoDevice.
    """

    def __init__(self, settings: Pkcs11Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        self._session: Any = None
        self._found: dict[str, Any] = {}

    def make(self, algorithm: str, kid: str) -> Made:
        """A new pair, whose private half can neither be read nor taken out."""
        public = self._do(lambda session: _generate(session, algorithm, kid))
        return Made(
            kid, algorithm, {**public, "kid": kid, "alg": algorithm, "use": "sig"}, self._key(kid), {"pkcs11": kid}
        )

    def open(self, kid: str, algorithm: str, kept: Mapping[str, Any]) -> Signer:
        """The private half, looked for when it first signs."""
        return self._key(kid)

    def sign(self, kid: str, message: bytes, algorithm: str) -> bytes:
        """A signature by the key of that name."""

        def work(session: Any) -> bytes:
            from pkcs11 import MGF, Mechanism, ObjectClass

            key = self._found.get(kid)
            if key is None:
                key = self._found[kid] = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=kid)
            if algorithm == "ES256":
                return bytes(key.sign(sha256(message).digest(), mechanism=Mechanism.ECDSA))
            if algorithm == "ES384":
                return bytes(key.sign(sha384(message).digest(), mechanism=Mechanism.ECDSA))
            if algorithm == "EdDSA":
                return bytes(key.sign(message, mechanism=Mechanism.EDDSA))
            if algorithm == "RS256":
                return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS))
            if algorithm == "PS256":
                salted = (Mechanism.SHA256, MGF.SHA256, 32)
                return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=salted))
            raise ValueError(f"no device signs with {algorithm} for us")

        return self._do(work)

    def close(self) -> None:
        """End the session."""
        with self._turn:
            self._forget()

    def _key(self, kid: str) -> DeviceKey:
        return DeviceKey(self, kid)

    def _do(self, work: Callable[[Any], T]) -> T:
        try:
            from pkcs11.exceptions import PKCS11Error
        except ImportError as error:
            raise NoDevice("the package python-pkcs11 is not installed") from error
        with self._turn:
            for last in (False, True):
                try:
                    if self._session is None:
                        self._session = self._open()
                    return work(self._session)
                except PKCS11Error as error:
                    self._forget()
                    if last:
                        raise NoDevice(f"{type(error).__name__} {error}".strip()) from error
        raise AssertionError("unreachable")

    def _open(self) -> Any:
        import pkcs11

        try:
            pin = Path(self._settings.pin_file).read_text().strip()
        except OSError as error:
            raise NoDevice(f"its PIN cannot be read: {error.strerror}") from error
        try:
            library = pkcs11.lib(self._settings.module)
        except (RuntimeError, OSError) as error:
            raise NoDevice(f"{self._settings.module} cannot be loaded") from error
        return library.get_token(token_label=self._settings.token).open(user_pin=pin, rw=True)

    def _forget(self) -> None:
        from pkcs11.exceptions import PKCS11Error

        session, self._session, self._found = self._session, None, {}
        if session is not None:
            try:
                session.close()
            except PKCS11Error:
                pass


def _generate(session: Any, algorithm: str, kid: str) -> dict[str, Any]:
    """Make the pair; gives its public half as a JWK without name."""
    from pkcs11 import Attribute, KeyType, Mechanism
    from pkcs11.util.ec import encode_named_curve_parameters

    known: dict[str, Any] = {"store": True, "label": kid, "id": kid.encode()}
    if algorithm in {"RS256", "PS256"}:
        public, _ = session.generate_keypair(KeyType.RSA, 3072, **known)
        return {"kty": "RSA", "n": _b64(public[Attribute.MODULUS]), "e": _b64(public[Attribute.PUBLIC_EXPONENT])}
    if algorithm not in _CURVES:
        raise ValueError(f"no device makes keys for {algorithm} for us")
    oid, curve, size = _CURVES[algorithm]
    kind = KeyType.EC_EDWARDS if algorithm == "EdDSA" else KeyType.EC
    if algorithm == "EdDSA":
        known["mechanism"] = Mechanism.EC_EDWARDS_KEY_PAIR_GEN
    parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters(oid)}
    public, _ = session.create_domain_parameters(kind, parameters, local=True).generate_keypair(**known)
    point = bytes(public[Attribute.EC_POINT])[-size:]  # some wrap it in an OCTET STRING, some do not
    if algorithm == "EdDSA":
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64(point)}
    middle = (size + 1) // 2
    return {"kty": "EC", "crv": curve, "x": _b64(point[1:middle]), "y": _b64(point[middle:])}


def _b64(value: bytes) -> str:
    return urlsafe_b64encode(bytes(value)).rstrip(b"=").decode()
