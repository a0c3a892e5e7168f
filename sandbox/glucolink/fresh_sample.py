"""The example file, made to end yesterday: whatever the day, its curve is the latest one."""

from datetime import datetime, timedelta

from sandbox.libreview.reader import PARIS
from sandbox.libreview.sample import DAYS, sample


def make(now: datetime) -> tuple[str, bytes]:
    """A name and the bytes of an export of the fourteen days before today, as LibreView writes them."""
    today = now.astimezone(PARIS).date()
    text = sample(first_day=today - timedelta(days=DAYS))
    return f"exemple_{today:%Y-%m-%d}.csv", text.encode("utf-8-sig")
