"""How people read dates, times and numbers: in French, at the time of Paris."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NARROW = "\u202f"  # narrow no-break space: between thousands, before «: ; ! ?» and «%»
_LOOSE = re.compile(r"(?<=\S) (?=[?!:;»])|(?<=«) ")


def local(value: date | datetime) -> date | datetime:
    """An instant, seen at the time of Paris. A plain day is already one; a naive instant is refused (ValueError)."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("an instant without its zone cannot be shown")
    return value.astimezone(PARIS)


def day(value: date | datetime) -> str:
    """«20 novembre 2026», «1er mars 1979»."""
    seen = local(value)
    return f"{_ordinal(seen.day)} {MONTHS[seen.month - 1]} {seen.year}"


def weekday(value: date | datetime) -> str:
    """«vendredi 20 novembre 2026»."""
    return f"{WEEKDAYS[local(value).weekday()]} {day(value)}"


def clock_time(value: datetime) -> str:
    """«11 h 43», «9 h 05», «9 h»."""
    seen = local(value)
    if not isinstance(seen, datetime):
        raise ValueError("a day has no time")
    return f"{seen.hour} h {seen.minute:02d}" if seen.minute else f"{seen.hour} h"


def moment(value: datetime) -> str:
    """«20 novembre 2026 à 11 h 43»."""
    return f"{day(value)} à {clock_time(value)}"


def near(value: date | datetime, now: datetime) -> str:
    """The day as one says it: «aujourd’hui», «hier», «demain», «mardi» within the week before, else the date."""
    today, that = _date(now), _date(value)
    match (that - today).days:
        case 0:
            return "aujourd’hui"
        case -1:
            return "hier"
        case 1:
            return "demain"
        case gap if -7 < gap < 0:
            return f"{WEEKDAYS[that.weekday()]} dernier"
        case _:
            return day(that)


def ago(value: datetime, now: datetime) -> str:
    """«à l’instant», «il y a 12 minutes», «aujourd’hui à 11 h 43», «hier à 9 h», «20 novembre 2026 à 11 h 43»."""
    seconds = (now - value).total_seconds()
    if 0 <= seconds < 60:
        return "à l’instant"
    if 0 <= seconds < 3600:
        minutes = int(seconds // 60)
        return f"il y a {minutes} minute{'s' if minutes > 1 else ''}"
    return f"{near(value, now)} à {clock_time(value)}"


def number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """«1 234,5»: decimal comma, narrow space between thousands. `decimals` fixes how many; else 2 at most."""
    text = f"{value:,.{2 if decimals is None else decimals}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("-") and not text.strip("-0,."):
        text = text[1:]  # «-0» is nothing one says
    return text.replace(",", NARROW).replace(".", ",").replace("-", "\u2212")


def plural(count: int, one: str, many: str | None = None) -> str:
    """«1 mesure», «96 mesures», «0 mesure»: French counts from two."""
    return f"{number(count)} {one if abs(count) < 2 else many or one + 's'}"


def held(text: str) -> str:
    """The same words, where no line begins with «? ! : ; »» nor ends with ««»: the spaces there do not break."""
    return _LOOSE.sub(NARROW, text)


FILTERS = {
    "day": day, "weekday": weekday, "moment": moment, "clock_time": clock_time,
    "near": near, "ago": ago, "number": number, "plural": plural,
}  # fmt: skip


def _ordinal(n: int) -> str:
    return "1er" if n == 1 else str(n)


def _date(value: date | datetime) -> date:
    seen = local(value)
    return seen.date() if isinstance(seen, datetime) else seen
