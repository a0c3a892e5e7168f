"""A made-up export of 14 days, the same at each run. `python -m sandbox.libreview.sample` writes the one we ship.

The shape of a day: a slow rise before waking, meals that peak after an hour, a walk, a few lows and highs. It is
nobody's: it only has to look like what a sensor writes.
"""

import math
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from sandbox.libreview.writer import FRENCH, Entry, Style, write

FILE = Path(__file__).parent / "sample_fr.csv"
FIRST_DAY = date(2026, 11, 2)
DAYS = 14
STEP = timedelta(minutes=15)
DEVICE = "FreeStyle LibreLink"
SERIAL = "5b0c2f6e-7d41-4a88-9f3e-2c61d0a7be19"
OWNER = "Gabrielle Capanelli"
_LOWEST, _HIGHEST = 40, 400


def sample(first_day: date = FIRST_DAY, days: int = DAYS, style: Style = FRENCH, seed: int = 14) -> str:
    """An export of `days` days from `first_day` on: 96 historic readings a day, scans, strips, meals, insulin."""
    entries = list(_entries(first_day, days, random.Random(seed)))  # noqa: S311 - a repeatable curve, no secret
    made = datetime.combine(first_day + timedelta(days), time(8, 30))
    return write(entries, device=DEVICE, serial=SERIAL, owner=OWNER, generated=made, style=style)


def _entries(first_day: date, days: int, chance: random.Random) -> Iterator[Entry]:
    noise = 0.0
    day: _Day | None = None
    for nth in range(days):
        midnight = datetime.combine(first_day + timedelta(nth), time(0))
        day = _Day(nth, chance, day)
        for step in range(96):
            noise = 0.7 * noise + chance.gauss(0, 3.2)
            at = midnight + step * STEP
            yield Entry(at, 0, _kept(day.level(step / 4) + noise))
        for hour in day.looks:
            at = midnight + timedelta(minutes=round(hour * 60))
            yield Entry(at, 1, _kept(day.level(hour) + chance.gauss(0, 5)))
        for hour in day.pricks:
            at = midnight + timedelta(minutes=round(hour * 60))
            yield Entry(at, 2, _kept(day.level(hour) + chance.gauss(0, 9)))
        for hour, grams in day.meals:
            at = midnight + timedelta(minutes=round(hour * 60) - 5)
            yield Entry(at, 5, str(grams))
            yield Entry(at, 4, str(round(grams / 10)))


class _Day:
    """One day's meals, lows and habits."""

    def __init__(self, nth: int, chance: random.Random, before: "_Day | None") -> None:
        weekend = nth % 7 >= 5
        self._before = before
        self._base = 104 + chance.uniform(-8, 10)
        self._dawn = chance.uniform(12, 30)
        self._wake = 8.4 if weekend else 6.9
        breakfast = self._wake + 0.6 + chance.uniform(-0.2, 0.3)
        self.meals = [
            (breakfast, chance.choice((45, 55, 60))),
            (12.5 + chance.uniform(-0.3, 0.5), chance.choice((60, 70, 80))),
            (19.7 + chance.uniform(-0.4, 0.6), chance.choice((55, 65, 75))),
        ]
        if weekend or chance.random() < 0.3:
            self.meals.append((16.4 + chance.uniform(-0.3, 0.3), 30))
        self._rich = {3: 1, 9: 2, 12: 2}.get(nth)
        """On some days one meal weighs more than its insulin."""
        self._lows = {1: (3.2, 46), 5: (11.8, 44), 8: (3.9, 52), 11: (18.4, 50)}.get(nth)
        self._walk = chance.uniform(17.5, 18.5) if chance.random() < 0.4 else None
        self._strength = [chance.uniform(0.9, 1.4) for _ in self.meals]
        waking = sorted({round(chance.uniform(self._wake, 22.9), 2) for _ in range(chance.randint(6, 10))})
        self.looks = [hour for hour in waking if round(hour * 60) % 15]
        self.pricks = [self._wake + 0.2] if nth % 3 == 0 else [self._lows[0] + 0.3] if self._lows else []

    def level(self, hour: float) -> float:
        """Glucose at that hour of the day, in mg/dL, before the sensor's noise."""
        level = self._base + self._dawn * math.exp(-(((hour - self._wake - 0.3) / 1.6) ** 2)) + self.food(hour)
        if self._before is not None:
            # The night goes on from the evening before.
            level += self._before.food(hour + 24) + (self._before._base - self._base) * max(0.0, 1 - hour / 6)
        if self._walk is not None:
            level -= 22 * math.exp(-(((hour - self._walk - 0.5) / 0.7) ** 2))
        if self._lows is not None:
            at, depth = self._lows
            level -= depth * math.exp(-(((hour - at) / 0.55) ** 2))
        return level

    def food(self, hour: float) -> float:
        """What this day's meals add at that hour, 24 and more being the night after."""
        added = 0.0
        for nth, ((at, grams), strength) in enumerate(zip(self.meals, self._strength, strict=True)):
            added += grams * strength * (2.1 if self._rich == nth else 1.0) * _meal(hour - at)
        return added


def _meal(hours: float) -> float:
    """How much of a meal shows `hours` after it began: a peak of 1 after 1.4 hours, a small dip after four."""
    if hours <= 0:
        return 0.0
    return (hours / 1.4) ** 2 * math.exp(2 - 2 * hours / 1.4) - 0.12 * math.exp(-(((hours - 4.6) / 0.9) ** 2))


def _kept(level: float) -> Decimal:
    return Decimal(min(_HIGHEST, max(_LOWEST, round(level))))


def main() -> None:
    """Write the sample that is shipped."""
    FILE.write_bytes(sample().encode("utf-8-sig"))
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main()
