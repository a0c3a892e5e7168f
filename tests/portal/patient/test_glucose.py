"""Glucose in figures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.patient import glucose
from portal.patient.kinds import GLUCOSE
from portal.patient.readings import Reading

START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def reading(value: float, at: datetime) -> Reading:
    return Reading("obs_1", GLUCOSE, at, value)


def series(*values: float, every: timedelta = timedelta(minutes=15), start: datetime = START) -> list[Reading]:
    return [reading(value, start + every * rank) for rank, value in enumerate(values)]


def test_both_bounds_of_the_target_range_are_within_it() -> None:
    found = glucose.summary([70.0, 180.0, 69.9, 180.1])
    assert found is not None
    assert (found.below, found.within, found.above) == (0.25, 0.5, 0.25)


def test_the_summary_gives_mean_extremes_and_count() -> None:
    found = glucose.summary([60.0, 100.0, 200.0])
    assert found is not None
    assert (found.count, found.mean, found.lowest, found.highest) == (3, 120.0, 60.0, 200.0)


def test_no_value_has_no_summary() -> None:
    assert glucose.summary([]) is None


def test_a_day_is_a_day_in_paris() -> None:
    found = glucose.days(series(100.0, 110.0, 120.0, start=datetime(2026, 3, 1, 22, 45, tzinfo=UTC)))
    assert [(one.day, one.summary.count) for one in found] == [(date(2026, 3, 2), 2), (date(2026, 3, 1), 1)]


@pytest.mark.parametrize(("key", "words"), [("mgdl", 180.0), ("gl", 1.8), ("mmoll", 9.99)])
def test_a_value_is_said_in_the_unit_that_the_person_reads(key: str, words: float) -> None:
    assert glucose.unit(key).of(180.0) == pytest.approx(words, abs=0.01)


def test_an_unknown_unit_is_milligrams() -> None:
    assert glucose.unit("furlongs").key == "mgdl"


def test_the_curve_breaks_where_the_sensor_was_silent() -> None:
    silent = series(100.0, 101.0, 102.0) + series(103.0, 104.0, start=START + timedelta(hours=3))
    values = [value for _, value in glucose.points(silent)]
    assert values == [100.0, 101.0, 102.0, None, 103.0, 104.0]


def test_the_curve_of_a_few_values_a_day_is_one_line() -> None:
    values = [value for _, value in glucose.points(series(100.0, 120.0, 90.0, every=timedelta(hours=6)))]
    assert values == [100.0, 120.0, 90.0]


def test_instants_of_the_curve_never_go_back() -> None:
    silent = series(100.0, 101.0, 102.0) + series(103.0, 104.0, start=START + timedelta(hours=3))
    instants = [at for at, _ in glucose.points(silent)]
    assert instants == sorted(instants)


def test_a_long_curve_is_thinned_and_keeps_its_extremes() -> None:
    values = [100.0 + rank % 7 for rank in range(8640)]
    values[4321], values[7000] = 41.0, 399.0
    found = [value for _, value in glucose.points(series(*values)) if value is not None]
    assert len(found) <= 1250
    assert (min(found), max(found)) == (41.0, 399.0)


def test_no_reading_makes_no_curve() -> None:
    assert glucose.points([]) == []
