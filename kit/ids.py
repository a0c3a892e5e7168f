"""Identifiers that sort by birth: neighbours in time are neighbours in the index."""

import os
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(kind: str, now: datetime) -> str:
    """A fresh identifier such as `grt_01JD…`: 48 bits of time and 80 random bits, in Crockford's base 32."""
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    text = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        text = _ALPHABET[digit] + text
    return f"{kind}_{text}"
