"""The card of «Mes mesures»: every kind with its last value, or that there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.french import ago, number
from portal.patient.glucose import Unit
from portal.patient.kinds import GLUCOSE, KINDS
from portal.patient.readings import Reading

BASE = "/espace/mesures"


@dataclass(frozen=True, slots=True)
class Tile:
    """One kind in the list: its last value, or "" (R148)."""

    label: str
    icon: str
    href: str
    value: str
    unit: str
    when: str
    trend: tuple[float, ...] = ()


def value_words(reading: Reading, unit: Unit | None = None) -> str:
    """«132», «128/82», «72,4»: without its unit. `unit` is for glucose."""
    if unit is not None:
        return number(unit.of(reading.value), unit.decimals)
    first = number(reading.value, reading.kind.decimals)
    return f"{first}/{number(reading.second, reading.kind.decimals)}" if reading.second is not None else first


def tiles(found: Mapping[str, Reading], trend: Sequence[Reading], unit: Unit, now: datetime) -> list[Tile]:
    """Every kind, those with a value first. `found` is by kind; `trend` are the last glucose values, drawn small."""
    made = []
    for kind in KINDS:
        reading = found.get(kind.key)
        ours = unit if kind is GLUCOSE else None
        made.append(
            Tile(
                label=kind.label,
                icon=kind.icon,
                href=f"{BASE}/{kind.key}",
                value=value_words(reading, ours) if reading else "",
                unit=ours.label if ours else kind.unit,
                when=_when(reading, now) if reading else "",
                trend=tuple(one.value for one in trend) if kind is GLUCOSE and len(trend) > 1 else (),
            )
        )
    return sorted(made, key=lambda tile: not tile.value)


def _when(reading: Reading, now: datetime) -> str:
    words = ago(reading.at, now)
    return f"{words[:1].upper()}{words[1:]}, par {reading.source or 'vous'}"
