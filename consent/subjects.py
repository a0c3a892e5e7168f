"""What a line of the journal is about, more closely than its resource type."""

from collections.abc import Collection, Mapping

GLUCOSE = "glucose"

_FAMILIES: Mapping[str, str] = {"glucose_blood": GLUCOSE, "glucose_interstitial": GLUCOSE, "glucose_igg": GLUCOSE}


def subject(keys: Collection[str]) -> str:
    """The one word for measures of these kinds, "" when they are of several."""
    words = {_FAMILIES.get(key, key) for key in keys}
    return words.pop() if len(words) == 1 else ""
