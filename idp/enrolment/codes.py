"""The provisional code of the letter: twelve characters that no one can misread (R005)."""

import re
import unicodedata

from kit.secrets import draw

LENGTH = 12
ALPHABET = "2345678CDFHJKMNPQRTVWX9"
"""No vowel, so no word; of the characters that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, 6 G) the digit, or none."""

_SEPARATORS = re.compile(r"[\s.\-_/]+")
_MISREAD = str.maketrans("ZSBG", "2586")
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


class NotACode(ValueError):
    """The text is not a provisional code. The message never repeats the text."""


def generate() -> str:
    """A fresh code: 54 random bits."""
    return draw(ALPHABET, LENGTH)


def parse(text: str) -> str:
    """The code in `text`, typed in capitals or not, with spaces or dashes or not. Raises NotACode."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_MISREAD)
    if not _CODE.fullmatch(plain):
        raise NotACode("the code has 12 letters and digits")
    return plain


def spaced(code: str) -> str:
    """«CDFH-2345-JKMN», as in the letter."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))
