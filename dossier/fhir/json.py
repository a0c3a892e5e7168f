"""JSON as FHIR wants it: decimals keep their digits, and what comes in is looked over before anyone uses it.

FHIR R4 §2.6.2: no null, no empty string, array or object; §2.24: decimals keep their precision, strings have no
control characters.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

DEEPEST = 12
LONGEST_TEXT = 16_384
LONGEST_LIST = 100


class BadJson(ValueError):
    """The body is not JSON, or not FHIR's; `expression` says where, as far as that is known."""

    def __init__(self, reason: str, expression: str = "") -> None:
        super().__init__(reason)
        self.expression = expression


def read(body: bytes | str) -> dict[str, Any]:
    """The JSON object of a body. Raises BadJson."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "not valid JSON"
        raise BadJson(f"the body is {reason}") from error
    if not isinstance(value, dict):
        raise BadJson("the body is not a JSON object")
    return value


def stored(text: str) -> dict[str, Any]:
    """What `write` made, read back."""
    value: dict[str, Any] = _decode(text)
    return value


def write(value: Any) -> bytes:
    """JSON, decimals written as numbers with their digits."""
    return _encode(value)


def look_over(resource: dict[str, Any], expression: str) -> None:
    """Raises BadJson at the first thing that FHIR's JSON does not allow, or that is larger than we take."""
    _look(resource, expression, 0)


def _look(value: Any, at: str, depth: int) -> None:
    if isinstance(value, str):
        if not value:
            raise BadJson("an empty string is not allowed", at)
        if len(value) > LONGEST_TEXT:
            raise BadJson(f"the text is longer than {LONGEST_TEXT} characters", at)
        if _CONTROL.search(value):
            raise BadJson("control characters are not allowed", at)
    elif isinstance(value, dict):
        if not value:
            raise BadJson("an empty object is not allowed", at)
        if depth > DEEPEST:
            raise BadJson("nested too deeply", at)
        for name, inner in value.items():
            if len(name) > 64 or not name.isascii() or not name.isprintable():
                raise BadJson("this name is not a FHIR element's", at)
            _look(inner, f"{at}.{name}", depth + 1)
    elif isinstance(value, list):
        if not value:
            raise BadJson("an empty array is not allowed", at)
        if len(value) > LONGEST_LIST:
            raise BadJson(f"more than {LONGEST_LIST} items", at)
        if depth > DEEPEST:
            raise BadJson("nested too deeply", at)
        for place, inner in enumerate(value):
            _look(inner, f"{at}[{place}]", depth + 1)
    elif value is None:
        raise BadJson("null is not allowed", at)
