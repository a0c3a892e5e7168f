"""What time is it: the only place that asks the machine."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Gives the time; everything in the product asks one of these and nothing else."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)


class FixedClock:
    """A clock that moves only when told to: for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class DemoClock:
    """The machine's time plus an offset that the demo may move forward; the offset survives a restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0.0
        if file.exists():
            self._offset = float(json.loads(file.read_text())["offset_seconds"])

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self._offset, UTC)

    @property
    def offset(self) -> timedelta:
        """How far ahead of the machine this clock is."""
        return timedelta(seconds=self._offset)

    def move_to(self, instant: datetime) -> None:
        """Go forward to `instant`. Raises ValueError when it lies in the past: codes already used must stay used."""
        ahead = (instant - self.now()).total_seconds()
        if ahead < 0:
            raise ValueError("the clock only goes forward")
        self._offset += ahead
        draft = self._file.with_suffix(".part")
        draft.write_text(json.dumps({"offset_seconds": self._offset}))
        os.replace(draft, self._file)
