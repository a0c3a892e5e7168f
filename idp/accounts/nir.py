"""The social security number: how it is written, and the key that catches a slip of the pen.

Nothing about a person is concluded from their number: months that name no month, unknown departments and provisional
numbers are all accepted when the key is right.
"""

import re
import unicodedata
from dataclasses import dataclass

_SEPARATORS = re.compile(r"[\s.\-_/]+")
# Sex (1, 2), born abroad and being registered (3, 4), provisional (7, 8); year, month, department, commune, order; key.
_SHAPE = re.compile(r"(?P<number>[1-478]\d{4}(?:\d\d|2[AB])\d{6})(?P<key>\d\d)", re.ASCII)
# Corsican departments stand for these two in the sum that makes the key.
_CORSICA = {"2A": "19", "2B": "18"}


class NotANir(ValueError):
    """The text is not a social security number with its key. The message never repeats the text."""


@dataclass(frozen=True, slots=True, repr=False)
class Nir:
    """A number of 13 characters and its key of 2 digits. Neither shows in a log: `repr` hides them."""

    number: str
    key: str

    @property
    def whole(self) -> str:
        """The 15 characters, without spaces."""
        return self.number + self.key

    @property
    def provisional(self) -> bool:
        """True for a number given while the identity is being certified."""
        return self.number[0] in "3478"

    @property
    def spaced(self) -> str:
        """«2 79 03 75 999 021 48», as on the card."""
        n = self.number
        return " ".join((n[0], n[1:3], n[3:5], n[5:7], n[7:10], n[10:13], self.key))

    def __repr__(self) -> str:
        return "Nir(…)"


def normalise(text: str) -> str:
    """The characters that count: plain digits and capitals, without spaces, dots or dashes."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def key_of(number: str) -> str:
    """The two digits that go with 13 characters: 97 minus the remainder by 97, so from 01 to 97."""
    department = number[5:7]
    plain = number[:5] + _CORSICA.get(department, department) + number[7:]
    return f"{97 - int(plain) % 97:02d}"


def parse(text: str) -> Nir:
    """The number in `text`, typed with or without spaces. Raises NotANir when the shape or the key is wrong."""
    found = _SHAPE.fullmatch(normalise(text))
    if not found:
        raise NotANir("the number has 13 characters and a key of 2 digits")
    if found["key"] != key_of(found["number"]):
        raise NotANir("the key does not go with the number")
    return Nir(found["number"], found["key"])


def looks_like_one(text: str) -> bool:
    """True when `text` could be taken for a social security number, with its key or without."""
    plain = normalise(text)
    return bool(_SHAPE.fullmatch(plain) or _SHAPE.fullmatch(plain + "00"))
