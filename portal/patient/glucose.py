"""Glucose in figures: mean, extremes, share in the target range, day by day. Pure arithmetic over readings.

Target range 70 to 180 mg/dL, bounds included: Battelino et al., Diabetes Care 2019;42:1593 (international consensus).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import fmean, median

from kit.french import PARIS
from portal.patient.kinds import MGDL_PER_MMOLL
from portal.patient.readings import Reading

LOW = 70.0
HIGH = 180.0
"""Bounds of the target range, in mg/dL."""

_SHORTEST_GAP = 3600.0


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that people read glucose in: mg/dL divided by `divisor`."""

    key: str
    label: str
    divisor: float
    decimals: int

    def of(self, mgdl: float) -> float:
        """mg/dL in this unit."""
        return mgdl / self.divisor


UNITS: tuple[Unit, ...] = (
    Unit("mgdl", "mg/dL", 1.0, 0),
    Unit("gl", "g/L", 100.0, 2),
    Unit("mmoll", "mmol/L", MGDL_PER_MMOLL, 1),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over some readings, in mg/dL; shares are between 0 and 1 and add up to 1."""

    count: int
    mean: float
    lowest: float
    highest: float
    below: float
    within: float
    above: float


@dataclass(frozen=True, slots=True)
class Day:
    """One day, at the time of Paris."""

    day: date
    summary: Summary


def unit(key: str) -> Unit:
    """The unit of that name, or mg/dL."""
    return next((one for one in UNITS if one.key == key), UNITS[0])


def summary(values: Iterable[float]) -> Summary | None:
    """None when there is no value."""
    known = list(values)
    if not known:
        return None
    count = len(known)
    below = sum(value < LOW for value in known)
    above = sum(value > HIGH for value in known)
    within = count - below - above
    return Summary(count, fmean(known), min(known), max(known), below / count, within / count, above / count)


def days(readings: Iterable[Reading]) -> list[Day]:
    """Day by day, the most recent first."""
    sorted_out: dict[date, list[float]] = {}
    for reading in readings:
        sorted_out.setdefault(reading.at.astimezone(PARIS).date(), []).append(reading.value)
    found = []
    for day in sorted(sorted_out, reverse=True):
        figures = summary(sorted_out[day])
        if figures is not None:
            found.append(Day(day, figures))
    return found


def points(readings: Sequence[Reading], most: int = 1200) -> list[tuple[int, float | None]]:
    """The curve of readings in time order: (seconds since 1970, value), None where it breaks, `most` points or so.

    It breaks where readings stop coming: an hour for a sensor, more for those who measure a few times a day.
    Of each bucket of a long curve the lowest and the highest stay, so that no peak disappears.
    """
    if not readings:
        return []
    gaps = [(after.at - before.at).total_seconds() for before, after in pairwise(readings)]
    longest = max(_SHORTEST_GAP, 4 * median(gaps)) if gaps else _SHORTEST_GAP
    stretches: list[list[Reading]] = [[readings[0]]]
    for gap, reading in zip(gaps, readings[1:], strict=True):
        if gap > longest:
            stretches.append([])
        stretches[-1].append(reading)
    size = max(1, -(-2 * len(readings) // most))
    found: list[tuple[int, float | None]] = []
    for stretch in stretches:
        if found:
            found.append((int(stretch[0].at.timestamp()) - 1, None))
        found.extend((int(one.at.timestamp()), one.value) for one in _thinned(stretch, size))
    return found


def _thinned(stretch: Sequence[Reading], size: int) -> Iterable[Reading]:
    if size < 3:
        yield from stretch
        return
    for start in range(0, len(stretch), size):
        bucket = stretch[start : start + size]
        extremes = {id(one): one for one in (min(bucket, key=_value), max(bucket, key=_value))}
        yield from sorted(extremes.values(), key=lambda one: one.at)


def _value(reading: Reading) -> float:
    return reading.value
