"""FHIR dates and times as spans: "2026-11" is a month, "2026-11-03T08:15:00Z" a second (R4 §2.24.0.1, §3.1.1.5.9)."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Paris")
"""The zone of a date that has none: the server's (R4 §3.1.1.5.9)."""

_SHAPE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?", re.ASCII
)
Precision = Literal["year", "month", "day", "minute", "second", "millisecond"]


@dataclass(frozen=True, slots=True)
class Span:
    """From `start`, included, to `end`, excluded; both in UTC."""

    start: datetime
    end: datetime
    precision: Precision
    zoned: bool


def span(text: str) -> Span | None:
    """The span of time that a FHIR date, dateTime or instant means; None when it is none of them."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        if hour is None:
            return _days(int(year), int(month) if month else None, int(day) if day else None)
        moment = time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")[:6]))
        local = datetime.combine(date(int(year), int(month), int(day)), moment)
        start = _utc(local, zone)
        precision: Precision = "millisecond" if fraction else "second" if second else "minute"
        long = {"minute": timedelta(minutes=1), "second": timedelta(seconds=1)}.get(
            precision, timedelta(milliseconds=1)
        )
        return Span(start, start + long, precision, zone is not None)
    except (ValueError, OverflowError):
        return None


def _utc(local: datetime, zone: str | None) -> datetime:
    if zone is None:
        return local.replace(tzinfo=HOME).astimezone(UTC)
    if zone == "Z":
        return local.replace(tzinfo=UTC)
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    shift = timedelta(hours=hours, minutes=minutes)
    return (local + shift if zone[0] == "-" else local - shift).replace(tzinfo=UTC)


def _days(year: int, month: int | None, day: int | None) -> Span:
    first = date(year, month or 1, day or 1)
    if day:
        last, precision = first, "day"
    elif month:
        last, precision = date(year, month, calendar.monthrange(year, month)[1]), "month"
    else:
        last, precision = date(year, 12, 31), "year"
    start = datetime.combine(first, time(0), HOME).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(0), HOME).astimezone(UTC)
    known: Precision = "day" if precision == "day" else "month" if precision == "month" else "year"
    return Span(start, end, known, False)


def instant(at: datetime) -> str:
    """A FHIR instant in UTC, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
