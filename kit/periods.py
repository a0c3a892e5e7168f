"""ISO 8601 durations with calendar months: "P3M" after 30 November is the last day of February."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_SHAPE = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period: whole months, then an exact span."""

    months: int = 0
    span: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read "P41D", "PT30M", "P1M10D"… Raises ValueError, with words, when it is none of these."""
        found = _SHAPE.fullmatch(text)
        if not found:
            raise ValueError(f"not an ISO 8601 duration: {text[:40]!r} (write for instance P41D, P3M or PT10M)")
        part = {name: int(value or 0) for name, value in found.groupdict().items()}
        span = timedelta(
            weeks=part["weeks"],
            days=part["days"],
            hours=part["hours"],
            minutes=part["minutes"],
            seconds=part["seconds"],
        )
        return cls(part["years"] * 12 + part["months"], span)

    def after(self, start: datetime) -> datetime:
        """The instant this period ends when it starts at `start`. Raises ValueError beyond the year 9999."""
        index = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(index, 12)
        if not 1 <= year <= 9999:
            raise ValueError("the period ends beyond the calendar")
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        try:
            return start.replace(year=year, month=month + 1, day=day) + self.span
        except OverflowError as error:
            raise ValueError("the period ends beyond the calendar") from error

    def before(self, end: datetime) -> datetime:
        """The instant this period started when it ends at `end`."""
        return Period(-self.months, -self.span).after(end)
