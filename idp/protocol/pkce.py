"""Proof that the code comes back to who asked for it (RFC 7636). S256 only, always."""

import re

from kit.secrets import digest, same

_SHAPE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def acceptable_challenge(challenge: str) -> bool:
    """RFC 7636 §4.2: the base64url of a SHA-256 digest."""
    return _CHALLENGE.fullmatch(challenge) is not None


def fits(verifier: str | None, challenge: str | None) -> bool:
    """The verifier answers the challenge, or there is neither: one without the other is an attack (RFC 9700 §4.8.2)."""
    if challenge is None:
        return not verifier
    return bool(verifier) and verify(verifier or "", challenge)


def verify(verifier: str, challenge: str) -> bool:
    """RFC 7636 §4.6: the verifier, hashed, is the challenge announced at the start."""
    return _SHAPE.fullmatch(verifier) is not None and same(digest(verifier), challenge)
