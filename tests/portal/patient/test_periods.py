"""The stretch of time that a page of measures shows."""

from datetime import timedelta

import pytest

from portal.patient.periods import DAY, FORTNIGHT, Window, window
from tests.portal.made import NOW


def asked(**query: str) -> Window:
    return window(query, (DAY, FORTNIGHT), FORTNIGHT, NOW, 92)


def test_a_choice_ends_now() -> None:
    found = asked(duree="24h")
    assert (found.key, found.end, found.end - found.start) == ("24h", NOW, timedelta(hours=24))


def test_an_unknown_choice_is_the_usual_one() -> None:
    assert asked(duree="forever").key == "14j"
    assert asked().key == "14j"


def test_days_of_ones_own_are_whole_days_in_paris_both_included() -> None:
    found = asked(du="2026-02-01", au="2026-02-02")
    assert found.start.isoformat() == "2026-02-01T00:00:00+01:00"
    assert found.end.isoformat() == "2026-02-03T00:00:00+01:00"
    assert found.words == "Du 1er février 2026 au 2 février 2026"
    assert asked(du="2026-02-01", au="2026-02-01").words == "Le 1er février 2026"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-02-01", "", "au"),
        ("", "2026-02-01", "du"),
        ("2026-02-30", "2026-03-01", "du"),
        ("2026-02-02", "2026-02-01", "au"),
        ("2025-01-01", "2026-02-01", "au"),
        ("2027-01-01", "2027-01-02", "du"),
        ("0001-01-01", "0001-01-02", "du"),
        ("9999-12-31", "9999-12-31", "du"),
    ],
)
def test_days_that_cannot_be_are_told_and_the_usual_stretch_is_shown(first: str, last: str, field: str) -> None:
    found = asked(du=first, au=last)
    assert field in found.errors
    assert found.key == "14j"
