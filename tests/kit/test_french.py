"""Dates, times and numbers as French people write them, at the time of Paris."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kit import french

NOON = datetime(2026, 11, 20, 10, 43, tzinfo=UTC)


def test_a_day_is_written_in_full() -> None:
    assert french.day(NOON) == "20 novembre 2026"


def test_the_first_of_a_month_is_an_ordinal() -> None:
    assert french.day(date(1979, 3, 1)) == "1er mars 1979"


def test_an_instant_is_seen_from_paris_in_winter_and_in_summer() -> None:
    assert french.moment(NOON) == "20 novembre 2026 à 11 h 43"
    assert french.moment(datetime(2026, 7, 14, 22, 5, tzinfo=UTC)) == "15 juillet 2026 à 0 h 05"


def test_a_full_hour_has_no_minutes() -> None:
    assert french.clock_time(datetime(2026, 11, 20, 8, 0, tzinfo=UTC)) == "9 h"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        french.day(datetime(2026, 11, 20, 10, 43))  # noqa: DTZ001


def test_a_day_has_no_time() -> None:
    with pytest.raises(ValueError):
        french.clock_time(date(2026, 11, 20))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("back", "words"),
    [(0, "aujourd’hui"), (1, "hier"), (-1, "demain"), (3, "mardi dernier"), (7, "13 novembre 2026")],
)
def test_a_near_day_is_named_as_one_says_it(back: int, words: str) -> None:
    assert french.near(NOON - timedelta(days=back), NOON) == words


def test_near_counts_days_of_paris_not_hours() -> None:
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)  # already the 20th in Paris
    assert french.near(late, NOON) == "aujourd’hui"


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=1), "il y a 1 minute"),
        (timedelta(minutes=12), "il y a 12 minutes"),
        (timedelta(hours=2), "aujourd’hui à 9 h 43"),
        (timedelta(days=1), "hier à 11 h 43"),
        (timedelta(days=40), "11 octobre 2026 à 12 h 43"),
    ],
)
def test_how_long_ago(since: timedelta, words: str) -> None:
    assert french.ago(NOON - since, NOON) == words


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (1344, None, "1\u202f344"),
        (70.4, None, "70,4"),
        (Decimal("5.50"), None, "5,5"),
        (132, 1, "132,0"),
        (100, None, "100"),
        (0, None, "0"),
        (-0.001, None, "0"),
        (-3, None, "\u22123"),
        (1234567.891, None, "1\u202f234\u202f567,89"),
    ],
)
def test_numbers_have_a_comma_and_narrow_spaces(value: float, decimals: int | None, words: str) -> None:
    assert french.number(value, decimals) == words


def test_french_counts_from_two() -> None:
    assert [french.plural(n, "mesure") for n in (0, 1, 2)] == ["0 mesure", "1 mesure", "2 mesures"]
    assert french.plural(3, "journal", "journaux") == "3 journaux"


def test_marks_stay_with_their_words() -> None:
    held = french.held("Où est « ma carte » ? Ici : 1, 2 ; ou là !")
    assert held == "Où est «\u202fma carte\u202f»\u202f? Ici\u202f: 1, 2\u202f; ou là\u202f!"
    assert french.held("  : seul, 21:45, https://a?b") == "  : seul, 21:45, https://a?b"
