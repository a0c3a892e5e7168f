"""Which way round are the dates of this file? Decided over the whole file, or not at all."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from typing import Literal

Order = Literal["dmy", "mdy", "ymd"]

_SHAPE = re.compile(
    r"^\s*(\d{1,4})[-/.](\d{1,2})[-/.](\d{2,4})[ T,]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"\s*([AaPp])?\.?[Mm]?\.?\s*$",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A date and time as written: three numbers of unknown order, and a time of day."""

    numbers: tuple[int, int, int]
    year_first: bool
    at: time
    halves: bool
    """Written with AM or PM."""


def written(text: str) -> Written | None:
    """The parts of a written date and time, or None when it is none."""
    found = _SHAPE.match(text)
    if found is None:
        return None
    first, second, third, hour, minute, seconds, half = found.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in "Pp" else 0)
    if hours > 23 or int(minute) > 59 or int(seconds or 0) > 59:
        return None
    at = time(hours, int(minute), int(seconds or 0))
    return Written((int(first), int(second), int(third)), len(first) == 4, at, bool(half))


def arranged(parts: Written, order: Order) -> datetime | None:
    """The moment meant when the numbers come in that order, without a zone; None when there is no such day."""
    first, second, third = parts.numbers
    if parts.year_first != (order == "ymd"):
        return None
    year, month, day = {"dmy": (third, second, first), "mdy": (third, first, second), "ymd": (first, second, third)}[
        order
    ]
    if year < 100:
        year += 2000
    try:
        return datetime.combine(date(year, month, day), parts.at)
    except ValueError:
        return None


@dataclass(slots=True)
class OrderFinder:
    """Looks at every date of a file, then says the order, or None when the file leaves it open.

    A number above 12 settles it. Then AM and PM mean month first, French headers mean day first. Then the days of one
    order follow each other while those of the other are months apart.
    """

    french: bool = False
    _days: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _years_first: int = 0
    _halves: bool = False

    def see(self, parts: Written) -> None:
        """Take one more date of the file into account."""
        if parts.year_first:
            self._years_first += 1
            return
        self._days[parts.numbers] = self._days.get(parts.numbers, 0) + 1
        self._halves = self._halves or parts.halves

    def order(self) -> Order | None:
        """The order of the dates seen."""
        if not self._days:
            return "ymd" if self._years_first else None
        day_first = sum(count for numbers, count in self._days.items() if numbers[0] > 12)
        month_first = sum(count for numbers, count in self._days.items() if numbers[1] > 12)
        if day_first != month_first:
            return "dmy" if day_first > month_first else "mdy"
        if day_first:
            return None
        if self._halves:
            return "mdy"
        if self.french:
            return "dmy"
        together, apart = self._neighbours("dmy"), self._neighbours("mdy")
        return None if together == apart else "dmy" if together > apart else "mdy"

    def _neighbours(self, order: Order) -> int:
        midnight = time(0)
        moments = (arranged(Written(numbers, False, midnight, False), order) for numbers in self._days)
        days = sorted({moment.toordinal() for moment in moments if moment})
        return sum(after - before == 1 for before, after in pairwise(days))
