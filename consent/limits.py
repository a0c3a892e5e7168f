"""Limits in French: the same words on the consents page and in the list of apps."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from consent import details
from consent.details import Sharing
from kit.french import day

_THINGS = {
    "Observation": "vos mesures",
    "Device": "vos appareils",
    "DocumentReference": "vos documents",
    "Binary": "vos documents",
    "Appointment": "vos rendez-vous",
}
_PURPOSES = {
    "PATRQT": "à votre demande",
    "FAMRQT": "à la demande de votre famille",
    "PWATRNY": "à la demande de la personne qui vous représente",
    "TREAT": "pour vos soins",
}


Name = Callable[[str], str | None]


def words(said: Iterable[Mapping[str, Any]] | None, name_of: Name = lambda code: None) -> list[str]:
    """One short sentence a detail that limits something; `name_of` says what a code measures, when it is known."""
    found = []
    for one in details.read_all(said or ()) or ():
        limits = [*_dated(one), *_held(one)]
        if one.purpose:
            limits.append(_PURPOSES[one.purpose])
        if limits or one.codes:
            what = _what(one, name_of)
            limited = f" : {', '.join(limits)}" if limits else " seulement"
            found.append(f"{what[0].upper()}{what[1:]}{limited}.")
    return list(dict.fromkeys(found))


def _what(one: Sharing, name_of: Name) -> str:
    things = [_THINGS[name] for name in details.DATATYPES if name in one.datatypes and name != "Observation"]
    if one.codes:
        names = sorted({_lowered(name) for code in one.codes if (name := name_of(code))})
        things.insert(0, f"vos mesures de {', '.join(names)}" if names else "certaines de vos mesures")
    elif "Observation" in one.datatypes:
        things.insert(0, _THINGS["Observation"])
    return " et ".join(dict.fromkeys(things)) or "vos données"


def _lowered(label: str) -> str:
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


def _dated(one: Sharing) -> list[str]:
    return _between(one.since, one.until, "données du {} au {}", "données du {} ou après", "données du {} ou avant")


def _held(one: Sharing) -> list[str]:
    return _between(one.starts, one.ends, "du {} au {}", "à partir du {}", "jusqu’au {}")


def _between(first: str, last: str, both: str, after: str, before: str) -> list[str]:
    said = [day(date.fromisoformat(text)) for text in (first, last) if text]
    if not said:
        return []
    return [(both if first and last else after if first else before).format(*said)]
