"""What limits a sharing more closely than its scope: read, compared, added up (RFC 9396)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent import details, smart
from consent.details import HEALTH_SHARING, BadDetail, Sharing
from consent.scopes import CONSENTS, VITAL_SIGNS, data_atoms, scopes_of
from consent.smart import Atom

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def read(**members: Any) -> Sharing:
    return details.read({"type": HEALTH_SHARING, **members})


def test_a_member_left_out_limits_nothing() -> None:
    whole = details.ceiling((read(),), NOON)
    assert all(smart.covered(atom, whole) for atom in data_atoms(scopes_of(CONSENTS)))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"actions": ["read"]}, {}),
        ({"actions": ["read"]}, {"actions": ["read", "search"]}),
        ({"datatypes": ["Observation"], "codes": ["s|1"]}, {"datatypes": ["Observation"]}),
        ({"data_period": {"start": "2026-02-02"}}, {"data_period": {"start": "2026-02-01"}}),
        ({"data_period": {"start": "2026-02-01", "end": "2026-03-01"}}, {"data_period": {"start": "2026-02-01"}}),
        ({"period": {"end": "2026-05-01"}}, {"period": {"end": "2026-06-01"}}),
        ({"locations": ["https://a.example/"]}, {"locations": ["https://a.example", "https://b.example"]}),
        ({"purpose": "TREAT"}, {}),
    ],
)
def test_less_is_within_more_and_never_the_other_way(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert read(**narrow).within(read(**wide))
    assert not read(**wide).within(read(**narrow))
    assert details.all_within((read(**narrow),), (read(actions=["create"]), read(**wide)))


def test_each_of_many_lies_within_one() -> None:
    wide = (read(actions=["read"]), read(datatypes=["Device"]))
    assert details.all_within((read(actions=["read"], datatypes=["Appointment"]),), wide)
    assert not details.all_within((read(actions=["read", "create"], datatypes=["Appointment"]),), wide)
    assert not details.all_within((read(),), ())


def test_depths_meet_as_days_do() -> None:
    def of(since: str = "", until: str = "") -> Atom:
        return Atom("patient", "Observation", "r", (), since, until)

    assert of("2026-01-01").meet(of("2026-02-01", "2026-03-01")) == of("2026-02-01", "2026-03-01")
    assert of("", "2026-03-01").meet(of("", "2026-02-01")) == of("", "2026-02-01")
    assert of("2026-03-02").meet(of("", "2026-03-01")) is None
    assert of("2026-02-01", "2026-02-02").within(of("2026-01-01"))
    assert not of().within(of("2026-01-01"))
    assert not of("2026-02-01").within(of("2026-01-01", "2026-12-31"))


def test_days_are_those_of_paris() -> None:
    one = (read(period={"start": "2026-03-03", "end": "2026-03-03"}),)
    before_midnight = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    assert not details.ceiling(one, before_midnight)
    assert details.ceiling(one, before_midnight + timedelta(minutes=1))
    assert details.ceiling(one, before_midnight + timedelta(days=1))
    assert not details.ceiling(one, before_midnight + timedelta(days=1, minutes=1))


def test_only_dated_resources_have_a_depth() -> None:
    atoms = details.ceiling((read(actions=["create"], data_period={"start": "2026-01-01"}),), NOON)
    assert {atom.resource: atom.since for atom in atoms}["Device"] == ""
    assert {atom.resource: atom.since for atom in atoms}["Observation"] == "2026-01-01"


def test_what_is_added_keeps_what_was_whole() -> None:
    more = [{"type": HEALTH_SHARING, "datatypes": ["DocumentReference"], "data_period": {"start": "2026-01-01"}}]
    both = details.merged(None, frozenset({"measures:read"}), more, frozenset({"documents:read"}))
    covered = details.ceiling(details.read_all(both) or ())
    assert smart.covered(next(iter(data_atoms(f"patient/Observation.r?{VITAL_SIGNS}".split()))), covered)
    assert not smart.covered(Atom("patient", "Observation", "c"), covered)
    assert not smart.covered(Atom("patient", "DocumentReference", "r"), covered)
    assert smart.covered(Atom("patient", "DocumentReference", "r", (), "2026-02-01"), covered)


def test_adding_says_each_thing_once() -> None:
    narrow, wide = {"type": HEALTH_SHARING, "actions": ["read"]}, {"type": HEALTH_SHARING}
    assert details.merged([narrow], frozenset(), [wide], frozenset()) == (wide,)
    assert details.merged([wide], frozenset(), [narrow], frozenset()) == (wide,)
    assert details.merged(None, frozenset(), None, frozenset({"measures:read"})) is None


def test_what_cannot_be_read_any_more_covers_nothing() -> None:
    assert details.read_all([{"type": "former"}]) == ()
    assert details.read_all(None) is None
    with pytest.raises(BadDetail):
        details.read({"type": "former"})
