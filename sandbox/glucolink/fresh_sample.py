"""The example file, made to end yesterday: whatever the day, its curve is the latest one."""

from datetime import date, datetime, timedelta

from sandbox.libreview.reader import PARIS
from sandbox.libreview.sample import DAYS, sample


def make(now: datetime) -> tuple[str, bytes]:
    """A name and the bytes of an export of the fourteen days before today, as LibreView writes them."""
    last = today(now)
    text = sample(first_day=last - timedelta(days=DAYS))
    return f"exemple_{last:%Y-%m-%d}.csv", text.encode("utf-8-sig")


def today(now: datetime) -> date:
    """The day in Paris."""
    return now.astimezone(PARIS).date()
