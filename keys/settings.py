"""Settings of the keys."""

from datetime import timedelta

import msgspec


class Pkcs11Settings(msgspec.Struct, frozen=True):
    """A device that keeps private keys and signs with them (PKCS #11). Needs the package `python-pkcs11`."""

    module: str = ""
    """The device's library: `/usr/lib/softhsm/libsofthsm2.so`… Nothing: keys are kept sealed in the database."""
    token: str = ""
    """The label of the token."""
    pin_file: str = ""
    """File that holds the PIN of the token's user."""
    algorithms: tuple[str, ...] = ("ES256",)
    """Whose keys are made and used in the device; the others are kept in the database."""


class KeySettings(msgspec.Struct, frozen=True):
    """Which keys sign, which are encrypted to, and how they change."""

    algorithms: tuple[str, ...] = ("ES256", "RS256", "PS256", "EdDSA")
    """One signing key each; the first is the default."""
    encryption: tuple[str, ...] = ("RSA-OAEP-256", "ECDH-ES")
    """One key each that request objects are encrypted to."""
    rotate_every: timedelta = timedelta(days=90)
    """A key that has signed for this long gives way to a new one."""
    announce_for: timedelta = timedelta(days=2)
    """A new key is published for this long before it signs: longer than anyone caches our key set."""
    overlap: timedelta = timedelta(days=2)
    """A key that stopped signing stays published for this long: longer than anything it signed lives."""
    jwks_max_age: timedelta = timedelta(hours=1)
    """How long others may cache our key set."""
    refresh_every: timedelta = timedelta(seconds=5)
    """How old this process's knowledge of the keys may be."""
    pkcs11: Pkcs11Settings = Pkcs11Settings()
