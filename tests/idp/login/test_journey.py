"""The journey, decided with values alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from idp.accounts.records import Person, Sex
from idp.login import journey
from idp.login.journey import EMAIL, SMS, Login, Sending, Step, Way
from idp.login.words import in_words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LOGIN = Login("log_1", "per_1", "/espace/", "", False, 0, NOW, NOW + timedelta(minutes=30), None, None)
PERSON = Person(
    "per_1",
    "Michel",
    "Inaya",
    date(1968, 4, 9),
    Sex.FEMALE,
    None,
    "i@example.org",
    None,
    "+33639980002",
    None,
    NOW,
    NOW,
)


@pytest.mark.parametrize(
    ("login", "at", "comes_next"),
    [
        (None, NOW, Step.PASSWORD),
        (LOGIN, NOW, Step.CODE),
        (LOGIN, NOW + timedelta(minutes=29, seconds=59), Step.CODE),
        (LOGIN, NOW + timedelta(minutes=30), Step.PASSWORD),
        (replace(LOGIN, tries=4), NOW, Step.CODE),
        (replace(LOGIN, tries=5), NOW, Step.PASSWORD),
        (replace(LOGIN, ended_at=NOW), NOW, Step.PASSWORD),
        (replace(LOGIN, done_at=NOW, tries=5), NOW + timedelta(days=1), Step.DONE),
    ],
)
def test_what_comes_next(login: Login | None, at: datetime, comes_next: Step) -> None:
    assert journey.step(login, 5, at) is comes_next


def test_a_code_goes_to_the_mobile_unless_another_way_is_wanted_or_there_is_none() -> None:
    both = journey.ways(PERSON, {SMS, EMAIL})
    assert both == (Way(SMS, "+33639980002"), Way(EMAIL, "i@example.org"))
    assert journey.choose(both, "") == both[0]
    assert journey.choose(both, EMAIL) == both[1]
    assert journey.choose(both, "carrier pigeon") == both[0]
    assert journey.ways(PERSON, {EMAIL}) == (Way(EMAIL, "i@example.org"),)
    assert journey.ways(replace(PERSON, mobile=None), {SMS, EMAIL}) == (Way(EMAIL, "i@example.org"),)
    assert journey.choose(journey.ways(replace(PERSON, mobile=None, email=None), {SMS, EMAIL}), "") is None


@pytest.mark.parametrize(("elapsed", "left"), [(0, 30), (0.2, 30), (29.5, 1), (30, 0), (90, 0)])
def test_how_long_before_another_code(elapsed: float, left: int) -> None:
    last = Sending("otc_1", "log_1", SMS, "+33639980002", NOW, NOW + timedelta(minutes=10))
    assert journey.wait(last, timedelta(seconds=30), NOW + timedelta(seconds=elapsed)) == left
    assert journey.wait(None, timedelta(seconds=30), NOW) == 0


@pytest.mark.rule("R031")
def test_what_each_channel_proves() -> None:
    assert journey.proofs(SMS) == ("pwd", "otp", "mfa", "sms")
    assert journey.proofs(EMAIL) == ("pwd", "otp", "mfa")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 seconde"),
        (30, "30 secondes"),
        (60, "1 minute"),
        (900, "15 minutes"),
        (3600, "une heure"),
        (7200, "2 heures"),
    ],
)
def test_waits_are_said_in_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words
