"""The stretch of time that a page of measures shows: one of a few, or from one day to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kit.french import PARIS, day


@dataclass(frozen=True, slots=True)
class Choice:
    """A stretch that ends now."""

    key: str
    label: str
    words: str
    """The beginning of a sentence about it."""
    span: timedelta


DAY = Choice("24h", "24 heures", "Ces 24 dernières heures", timedelta(hours=24))
WEEK = Choice("7j", "7 jours", "Ces 7 derniers jours", timedelta(days=7))
FORTNIGHT = Choice("14j", "14 jours", "Ces 14 derniers jours", timedelta(days=14))
MONTH = Choice("30j", "30 jours", "Ces 30 derniers jours", timedelta(days=30))
QUARTER = Choice("90j", "90 jours", "Ces 90 derniers jours", timedelta(days=90))
YEAR = Choice("1an", "1 an", "Ces 12 derniers mois", timedelta(days=365))


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked: `start` included, `end` excluded. `errors` are by field; the stretch is then the usual one."""

    key: str
    """Of the choice, or "" for days of one's own."""
    words: str
    start: datetime
    end: datetime
    said: Mapping[str, str]
    """The days as they were typed."""
    errors: Mapping[str, str]


def window(asked: Mapping[str, str], choices: Sequence[Choice], usual: Choice, now: datetime, longest: int) -> Window:
    """Read `duree`, or `du` and `au` (days in Paris, both included, `longest` of them at most)."""
    said = {name: asked.get(name, "").strip()[:20] for name in ("du", "au")}
    if said["du"] or said["au"]:
        first, last = _day(said["du"]), _day(said["au"])
        errors = _errors(said, first, last, now, longest)
        if first and last and not errors:
            words = f"Le {day(first)}" if first == last else f"Du {day(first)} au {day(last)}"
            return Window("", words, _midnight(first), _midnight(last + timedelta(days=1)), said, {})
        return Window(usual.key, usual.words, now - usual.span, now, said, errors)
    choice = next((one for one in choices if one.key == asked.get("duree")), usual)
    return Window(choice.key, choice.words, now - choice.span, now, said, {})


def around(last: date, days: int) -> dict[str, str]:
    """What to ask to see the `days` that end with `last`."""
    return {"du": (last - timedelta(days=days - 1)).isoformat(), "au": last.isoformat()}


def _errors(
    said: Mapping[str, str], first: date | None, last: date | None, now: datetime, longest: int
) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, value, words in (("du", first, "du premier jour"), ("au", last, "du dernier jour")):
        if not said[name]:
            errors[name] = f"Saisissez la date {words}."
        elif value is None:
            errors[name] = "Saisissez une date qui existe, par exemple 2026-03-27."
    if first and last and not errors:
        if first > last:
            errors["au"] = "Choisissez un dernier jour qui suit le premier."
        elif (last - first).days >= longest:
            errors["au"] = f"Choisissez {longest} jours au plus."
        elif first > now.astimezone(PARIS).date():
            errors["du"] = "Choisissez un premier jour qui est déjà passé."
    return errors


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), PARIS)
