"""Scopes as a ceiling: what they allow, within what, and that what is not understood allows nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.access import Ask, Filter
from dossier.fhir.systems import CATEGORY
from dossier.filters import within
from dossier.rules.judgement import judge
from dossier.scopes import ceiling, read
from tests.dossier.world import NOW, glucose

VITAL = f"category={CATEGORY}|vital-signs"


@pytest.mark.parametrize(
    ("scope", "interactions"),
    [
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.cruds", "cruds"),
        ("patient/Observation.read", "rs"),
        ("patient/Observation.write", "cud"),
        ("patient/Observation.*", "cruds"),
        ("patient/*.rs", "rs"),
    ],
)
def test_scopes_are_read_in_both_versions(scope, interactions):
    found = read(scope)
    assert found is not None
    assert found.interactions == interactions


@pytest.mark.parametrize(
    "scope",
    [
        "openid",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/observation.rs",
        "patient/Observation.rx",
        "patient/Observation.rs?",
        "patient/Observation.rs?category",
        "everyone/Observation.rs",
        "patient/Observation.rr",
    ],
)
def test_what_is_no_resource_scope_allows_nothing(scope):
    assert ceiling([scope], Ask("Observation", "r")) is None


def test_a_scope_allows_its_interactions_on_its_resource_only():
    scopes = {"openid", "patient/Observation.rs"}
    assert ceiling(scopes, Ask("Observation", "r")) == ()
    assert ceiling(scopes, Ask("Observation", "s")) == ()
    assert ceiling(scopes, Ask("Observation", "c")) is None
    assert ceiling(scopes, Ask("Device", "r")) is None
    assert ceiling({"user/Observation.rs"}, Ask("Observation", "r")) is None
    assert ceiling({"user/Observation.rs"}, Ask("Observation", "r"), context="user") == ()


def test_a_restricted_scope_restricts_and_two_are_alternatives():
    one = ceiling({f"patient/Observation.rs?{VITAL}"}, Ask("Observation", "r"))
    assert one == ((Filter("category", f"{CATEGORY}|vital-signs"),),)
    both = ceiling(
        {f"patient/Observation.rs?{VITAL}", "patient/Observation.r?code=http://loinc.org|2345-7"},
        Ask("Observation", "r"),
    )
    assert both is not None
    assert len(both) == 2
    assert ceiling({f"patient/Observation.rs?{VITAL}", "patient/Observation.rs"}, Ask("Observation", "r")) == ()


def test_a_restriction_that_we_cannot_hold_allows_nothing():
    assert ceiling({"patient/Observation.rs?value-quantity=gt5"}, Ask("Observation", "r")) is None
    assert ceiling({f"patient/Observation.rs?{VITAL}&status=final"}, Ask("Observation", "r")) is None


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ((), True),
        (((Filter("category", f"{CATEGORY}|vital-signs"),),), True),
        (((Filter("category", "vital-signs"),),), True),
        (((Filter("category", f"{CATEGORY}|laboratory"),),), False),
        (((Filter("category", "urn:x|vital-signs"),),), False),
        (((Filter("code", "http://loinc.org|15074-8"),),), True),
        (((Filter("code", "http://loinc.org|29463-7"),),), False),
        (((Filter("code", "29463-7"),), (Filter("category", "vital-signs"),)), True),
        (((Filter("code", "29463-7"), Filter("category", "vital-signs")),), False),
        (((Filter("unheard", "x"),),), False),
    ],
)
def test_a_measure_lies_within_or_not(filters, holds):
    facts = judge(glucose(), NOW).facts
    assert facts is not None
    assert within(filters, facts) is holds


@given(st.text(max_size=60))
def test_any_text_is_a_scope_or_not(text):
    read(text)
    read(f"patient/{text}")
    read(f"patient/Observation.rs?{text}")
