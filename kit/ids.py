"""Identifiers that sort by birth: neighbours in time are neighbours in the index."""

import os
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHIFTS = range(120, -10, -10)
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


def new(kind: str, now: datetime) -> str:
    """A fresh identifier such as `grt_01JD…`: 48 bits of time and 80 random bits, in Crockford's base 32."""
    return _written(kind, now, int.from_bytes(os.urandom(10), "big"))


def hidden(kind: str, now: datetime) -> str:
    """The same with 120 random bits, for what others are told and should not be able to guess."""
    number = int.from_bytes(os.urandom(5), "big")
    return new(kind, now) + "".join([_PAIRS[number >> shift & 1023] for shift in range(30, -10, -10)])


def earliest(kind: str, instant: datetime) -> str:
    """What no identifier made at that instant or later comes before."""
    return _written(kind, instant, 0)


def _written(kind: str, instant: datetime, rest: int) -> str:
    number = int(instant.timestamp() * 1000) << 80 | rest
    return f"{kind}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"
