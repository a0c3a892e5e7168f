"""What a LibreView export holds: readings, lines left aside, lines that cannot be read."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Literal

from dossier.catalogue import CATALOGUE

Unit = Literal["mg/dL", "mmol/L"]


class Kind(IntEnum):
    """LibreView's record types that carry a glucose value."""

    HISTORIC = 0
    """Written by the sensor itself, every 15 minutes (5 for a Libre 3)."""
    SCAN = 1
    """Read when the person held the reader or the telephone to the sensor."""
    STRIP = 2
    """A drop of blood on a test strip."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One glucose value of a file."""

    line: int
    at: datetime
    """In UTC."""
    kind: Kind
    value: Decimal
    """As written in the file, in `unit`."""
    unit: Unit
    device: str
    serial: str
    nth: int = 1
    """2, 3… for a further reading of the same kind in the same minute (the file has no seconds)."""
    moved: bool = False
    """The time written does not exist (spring's missing hour): taken one hour later."""

    @property
    def mg_dl(self) -> float:
        """The value in mg/dL."""
        return float(CATALOGUE["glucose_blood"].canonical(self.value, self.unit) or 0)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A good line that is no glucose reading, or that repeats one: left aside, counted."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read, and why, in words for the person."""

    line: int
    reason: str


Item = Reading | Skipped | Fault

MOST_FAULTS_KEPT = 200


@dataclass(slots=True)
class Tally:
    """What became of every line: readings + skipped + faults is the number of lines with something on them."""

    readings: dict[Kind, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    """The first ones only; `bad` counts them all."""
    bad: int = 0
    moved: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def total(self) -> int:
        """Readings of every kind."""
        return sum(self.readings.values())

    def add(self, item: Item) -> None:
        """Count one item."""
        match item:
            case Reading():
                self.readings[item.kind] = self.readings.get(item.kind, 0) + 1
                self.moved += item.moved
                self.first = min(self.first or item.at, item.at)
                self.last = max(self.last or item.at, item.at)
            case Skipped():
                self.skipped[item.reason] = self.skipped.get(item.reason, 0) + 1
            case Fault():
                self.bad += 1
                if len(self.faults) < MOST_FAULTS_KEPT:
                    self.faults.append(item)
