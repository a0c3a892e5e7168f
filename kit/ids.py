"""Identifiers that sort by birth: neighbours in time are neighbours in the index."""

import os
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHIFTS = range(120, -10, -10)
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


def new(kind: str, now: datetime) -> str:
    """A fresh identifier such as `grt_01JD…`: 48 bits of time and 80 random bits, in Crockford's base 32."""
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    return f"{kind}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"
