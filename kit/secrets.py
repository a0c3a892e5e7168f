"""Secrets: made here, kept as digests, compared in constant time."""

import base64
import hashlib
import hmac
import secrets


def issue(kind: str) -> str:
    """A fresh secret of 256 bits such as `rt_q8…`: the prefix lets a leak scanner recognise it."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def digest(value: str) -> str:
    """What is kept of a secret that is too long to guess: SHA-256, base64url without padding (43 characters)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()).rstrip(b"=").decode()


def keyed(key: bytes, value: str) -> str:
    """What is kept of a value that could be guessed (a NIR, a six-digit code): HMAC-SHA-256, its key kept elsewhere."""
    return base64.urlsafe_b64encode(hmac.digest(key, value.encode(), "sha256")).rstrip(b"=").decode()


def digits(count: int) -> str:
    """A uniform random number of `count` digits, leading zeros kept."""
    return str(secrets.randbelow(10**count)).zfill(count)


def draw(alphabet: str, count: int) -> str:
    """`count` uniform random characters of `alphabet`."""
    return "".join(secrets.choice(alphabet) for _ in range(count))


def same(left: str, right: str) -> bool:
    """Equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())
