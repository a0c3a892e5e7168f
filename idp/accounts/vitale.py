"""The serial number printed on a Vitale card: to the right of the photo, or on the back of a card without photo."""

import re
import unicodedata

# The length depends on the generation of the card; ten digits with photo and up to twenty-one without have been seen.
_SHAPE = re.compile(r"\d{10,21}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-_/]+")


class NotASerial(ValueError):
    """The text is not a serial number. The message never repeats the text."""


def parse(text: str) -> str:
    """The digits of the serial number, typed with or without spaces. Raises NotASerial."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if not _SHAPE.fullmatch(plain):
        raise NotASerial("the serial number has between 10 and 21 digits")
    return plain
