"""Keys drawn from the master key, and what they close: sealed bytes and signed strings."""

import hashlib
import os
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeSerializer

_NONCE = 12


class Broken(Exception):
    """The sealed or signed value is not ours, or was changed, or is too old."""


class Seal:
    """AES-256-GCM under one key; `context` binds the value to the place it was written for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, clear: bytes, context: str) -> bytes:
        """Seal `clear`. The same `context` is needed to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, clear, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The clear bytes. Raises `Broken` when the value was changed or moved."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise Broken("sealed value cannot be opened") from error


class Signed:
    """Short values signed and dated, for cookies and links: readable by all, made only by us."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeSerializer(key, salt="espace", signer_kwargs={"digest_method": hashlib.sha256})

    def write(self, value: object, now: datetime) -> str:
        """`value` (JSON) with its date and our signature."""
        return str(self._serializer.dumps([int(now.timestamp()), value]))

    def read(self, text: str, now: datetime, max_age: float) -> object:
        """The value written less than `max_age` seconds ago. Raises `Broken` otherwise."""
        try:
            at, value = self._serializer.loads(text)
        except (BadData, ValueError, TypeError) as error:
            raise Broken("signed value cannot be read") from error
        if not -60 <= now.timestamp() - at <= max_age:
            raise Broken("signed value is too old")
        return value


class Vault:
    """The master key (32 bytes, outside the database) and the keys drawn from it, one a purpose."""

    def __init__(self, master: bytes) -> None:
        if len(master) < 32:
            raise ValueError("the master key has at least 32 bytes")
        self._master = master

    def key(self, purpose: str) -> bytes:
        """The 32-byte key of `purpose` (HKDF-SHA-256)."""
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=b"espace", info=purpose.encode()).derive(self._master)

    def seal(self, purpose: str) -> Seal:
        """A seal under the key of `purpose`."""
        return Seal(self.key(purpose))

    def signed(self, purpose: str) -> Signed:
        """Signed values under the key of `purpose`."""
        return Signed(self.key(purpose))
