"""A grant as a value: what may follow what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import grants
from consent.grants import Because, Grant, Standing, Status, standing
from kit.problems import Refusal
from tests.consent.world import MEASURES, PAIR

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=5)


def pending() -> Grant:
    return grants.opened("per_1", "glucolink", PAIR, NOW)


def active(duration: str = "P3M") -> Grant:
    return grants.agree(pending(), ["measures:read"], duration, NOW, MEASURES)


def paused() -> Grant:
    return grants.pause(active(), NOW)


def ended() -> Grant:
    return grants.end(active(), Because.WITHDRAWN, NOW)


@pytest.mark.rule("R156")
def test_a_grant_holds_nothing_until_the_person_agrees() -> None:
    grant = pending()
    assert (grant.status, grant.consents, grant.since, grant.until) == (Status.PENDING, frozenset(), None, None)


def test_agreeing_sets_what_from_when_and_until_when() -> None:
    grant = active("P3M")
    assert (grant.status, grant.consents, grant.since) == (Status.ACTIVE, frozenset({"measures:read"}), NOW)
    assert grant.until == datetime(2027, 2, 28, 9, 0, tzinfo=UTC)
    assert (grant.version, grant.duration) == (2, "P3M")


def test_twenty_four_hours_are_twenty_four_hours() -> None:
    assert active("P1D").until == NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    "duration", ["P13M", "P366D", "P1Y1D", "P0D", "PT0S", "", "3 mois", "-P1D", "P99999Y", "P999999D"]
)
def test_a_period_that_is_too_long_or_unreadable_is_refused(duration: str) -> None:
    with pytest.raises(Refusal) as refused:
        active(duration)
    assert refused.value.code == "invalid_duration"


@pytest.mark.parametrize("duration", ["P1D", "P3M", "P12M", "P1Y"])
def test_the_offered_periods_are_accepted(duration: str) -> None:
    assert active(duration).status is Status.ACTIVE


def test_nothing_may_be_agreed_beyond_what_is_possible() -> None:
    with pytest.raises(Refusal, match="consent_not_allowed"):
        grants.agree(pending(), ["measures:read", "documents:read"], "P3M", NOW, MEASURES)
    with pytest.raises(Refusal, match="consent_not_allowed"):
        grants.amend(active(), ["agenda:read"], None, NOW, MEASURES)


def test_agreeing_to_nothing_is_not_an_agreement() -> None:
    with pytest.raises(Refusal, match="consents_missing"):
        grants.agree(pending(), [], "P3M", NOW, MEASURES)
    with pytest.raises(Refusal, match="consents_missing"):
        grants.amend(active(), [], None, NOW, MEASURES)


def test_an_amendment_replaces_the_list_and_keeps_the_end() -> None:
    amended = grants.amend(active(), ["measures:write"], None, LATER, MEASURES)
    assert amended.consents == {"measures:write"}
    assert (amended.since, amended.until, amended.version) == (active().since, active().until, 3)


def test_an_amendment_may_renew_the_period_from_now() -> None:
    assert grants.amend(active("P1D"), ["measures:read"], "P12M", NOW, MEASURES).until == NOW.replace(year=2027)


def test_a_paused_grant_stays_paused_when_amended() -> None:
    assert grants.amend(paused(), ["measures:read"], None, NOW, MEASURES).status is Status.PAUSED


def test_a_pause_does_not_move_the_end() -> None:
    resumed = grants.resume(paused(), LATER)
    assert (resumed.status, resumed.until) == (Status.ACTIVE, active().until)


Move = Callable[[Grant], Grant]
MOVES: dict[str, Move] = {
    "widen": lambda grant: grants.widen(grant, PAIR, LATER),
    "agree": lambda grant: grants.agree(grant, ["measures:read"], "P3M", LATER, MEASURES),
    "amend": lambda grant: grants.amend(grant, ["measures:read"], None, LATER, MEASURES),
    "pause": lambda grant: grants.pause(grant, LATER),
    "resume": lambda grant: grants.resume(grant, LATER),
    "end": lambda grant: grants.end(grant, Because.WITHDRAWN, LATER),
}


@pytest.mark.parametrize(
    ("grant", "move", "code"),
    [
        *[(ended(), move, "grant_ended") for move in MOVES],
        *[(active("P1D"), move, "grant_expired") for move in MOVES if move != "end"],
        *[(pending(), move, "grant_pending") for move in ("amend", "pause", "resume")],
        (paused(), "pause", "grant_paused"),
        (active(), "resume", "grant_active"),
    ],
)
def test_a_move_out_of_order_is_refused(grant: Grant, move: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        MOVES[move](grant)
    assert (refused.value.code, refused.value.status) == (code, 409)


def test_a_grant_expires_at_the_very_instant() -> None:
    grant = active("P1D")
    end = NOW + timedelta(hours=24)
    assert standing(grant, end - timedelta(milliseconds=1)) is Standing.ACTIVE
    assert standing(grant, end) is Standing.EXPIRED
    assert standing(grants.pause(grant, NOW), end) is Standing.EXPIRED


def test_each_status_has_its_standing() -> None:
    assert standing(pending(), LATER) is Standing.PENDING
    assert standing(active(), LATER) is Standing.ACTIVE
    assert standing(paused(), LATER) is Standing.PAUSED
    assert standing(ended(), LATER) is Standing.ENDED
    assert standing(grants.end(active(), Because.EXPIRED, NOW), LATER) is Standing.EXPIRED


def test_a_portal_of_ours_has_its_grant_at_once_and_for_good() -> None:
    own = grants.opened("per_1", "portal", frozenset({"openid"}), NOW, own=True)
    assert standing(own, NOW + timedelta(days=9000)) is Standing.ACTIVE


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=12))
def test_whatever_is_done_each_version_follows_and_nothing_exceeds_the_catalogue(names: list[str]) -> None:
    grant = pending()
    for name in names:
        try:
            after = MOVES[name](grant)
        except Refusal:
            continue
        assert after.version == grant.version + 1
        assert after.consents <= MEASURES
        assert grant.status is not Status.ENDED
        grant = after
