"""The words of the catalogue and the scopes they stand for."""

import pytest

from consent import labels, scopes
from consent.scopes import CONSENTS, VITAL_SIGNS
from kit.problems import Refusal

READ = f"patient/Observation.rs?{VITAL_SIGNS}"
WRITE = f"patient/Observation.c?{VITAL_SIGNS}"
MEASURES = frozenset({"measures:read", "measures:write"})


def test_an_alias_is_replaced_by_what_it_stands_for() -> None:
    assert scopes.read("openid measures:read") == {"openid", READ}
    assert scopes.read("measures:read measures:write") == scopes.scopes_of(MEASURES) - {READ, WRITE} | {
        f"patient/Observation.crs?{VITAL_SIGNS}"
    }


def test_every_consent_is_found_again_in_its_scopes() -> None:
    for consent in CONSENTS:
        assert scopes.consents_of(scopes.scopes_of([consent])) == {consent}


def test_every_consent_has_its_words() -> None:
    assert list(labels.LABELS) == list(CONSENTS)
    assert labels.sentence(MEASURES) == "lit vos mesures et ajoute des mesures"
    assert labels.sentence([]) == "ne lit rien et n’ajoute rien"


def test_a_wider_scope_needs_the_consent_too() -> None:
    assert scopes.consents_of({"patient/Observation.read"}) == {"measures:read"}
    assert scopes.consents_of({"patient/*.rs"}) == {"measures:read", "documents:read", "agenda:read"}
    assert scopes.consents_of({"patient/Observation.rs?category=x|laboratory", "patient/Device.c"}) == frozenset()


@pytest.mark.rule("R162")
def test_reading_and_adding_are_two_consents() -> None:
    assert scopes.consents_of({READ}) == {"measures:read"}
    assert scopes.consents_of({WRITE}) == {"measures:write"}
    assert not scopes.covers(frozenset({READ}), "Observation", "c", VITAL_SIGNS)
    assert not scopes.covers(frozenset({WRITE}), "Observation", "r", VITAL_SIGNS)


@pytest.mark.parametrize("word", ["measures", "measures:delete", "admin", "launch/encounter", 'a"b', "\x00", "é"])
def test_an_unknown_word_is_refused(word: str) -> None:
    with pytest.raises(Refusal) as refused:
        scopes.read(f"openid {word}")
    assert refused.value.code == "invalid_scope"
    assert refused.value.description.isascii()
    assert '"' not in refused.value.description


def test_too_many_scopes_are_refused() -> None:
    with pytest.raises(Refusal, match="at most 60"):
        scopes.read(" ".join(f"patient/R{'x' * n}.r" for n in range(61)))


def test_the_ceiling_of_a_pairing_is_what_the_catalogue_allows() -> None:
    assert scopes.possible(frozenset({"openid", "pairing"}), MEASURES) == MEASURES
    assert scopes.possible(frozenset({"openid"}), MEASURES) == frozenset()
    assert scopes.possible(frozenset({"patient/*.rs"}), MEASURES) == {"measures:read"}


def test_what_remains_is_what_is_asked_allowed_and_agreed() -> None:
    asked = frozenset({"openid", "patient/Observation.rs", "patient/DocumentReference.rs"})
    assert scopes.live(asked, MEASURES, frozenset({"measures:read"})) == {"openid", READ}
    assert scopes.live(asked, MEASURES, frozenset()) == {"openid"}
    assert scopes.live(asked, frozenset(), frozenset({"measures:read"})) == {"openid"}
    assert scopes.live(frozenset({"pairing"}), MEASURES, frozenset({"measures:write"})) == {
        "pairing", WRITE, "patient/Device.c",
    }  # fmt: skip


def test_what_the_registration_does_not_hold_is_told() -> None:
    registered = frozenset({"openid", "measures:read"})
    assert scopes.beyond(frozenset({"openid", READ}), registered) == frozenset()
    assert scopes.beyond(frozenset({"openid", "patient/Observation.rs"}), registered) == {"patient/Observation.rs"}
    assert scopes.beyond(frozenset({"email"}), registered) == {"email"}


def test_the_union_of_two_requests_is_said_shortly() -> None:
    assert scopes.union(frozenset({"openid", READ}), frozenset({"patient/Observation.r"})) == {
        "openid", f"patient/Observation.s?{VITAL_SIGNS}", "patient/Observation.r",
    }  # fmt: skip


def test_who_asks_in_version_1_is_answered_in_version_1() -> None:
    granted = scopes.read("openid patient/Observation.read patient/Device.c")
    asked = scopes.former("openid patient/Observation.read patient/Observation.write patient/Device.c")
    assert asked == ("patient/Observation.read", "patient/Observation.write")
    assert scopes.echoed(asked, granted) == "openid patient/Device.c patient/Observation.read"


@pytest.mark.parametrize(
    ("asked", "granted", "said"),
    [
        ("patient/Observation.read", f"patient/Observation.rs?{VITAL_SIGNS}", "patient/Observation.read"),
        ("patient/Observation.write", f"patient/Observation.c?{VITAL_SIGNS}", "patient/Observation.write"),
        ("patient/*.read", f"openid patient/Observation.rs?{VITAL_SIGNS}", "openid patient/Observation.read"),
        ("patient/*.*", "patient/Observation.rs patient/Device.c", "patient/Device.write patient/Observation.read"),
        ("patient/*.*", "patient/*.cruds", "patient/*.*"),
        ("patient/Observation.read", "patient/Observation.crs", "patient/Observation.c patient/Observation.read"),
        ("patient/Observation.read", "openid", "openid"),
        ("system/Observation.read", "patient/Observation.rs", "patient/Observation.rs"),
    ],
)
def test_version_1_says_the_type_where_any_of_it_was_given(asked: str, granted: str, said: str) -> None:
    assert scopes.echoed(scopes.former(asked), scopes.read(granted)) == said


def test_what_two_requests_have_in_common_is_found_by_meaning() -> None:
    held = scopes.read(f"openid offline_access patient/Observation.rs?{VITAL_SIGNS}")
    assert scopes.narrowed(held, scopes.read("openid patient/Observation.read")) == {"openid", READ}
    assert scopes.narrowed(held, scopes.read("openid patient/Device.c email")) == {"openid"}


def test_an_unknown_consent_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        scopes.scopes_of(["measures:erase"])
    assert refused.value.code == "invalid_consent"
