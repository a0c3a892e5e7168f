"""Changing an agreement: what is offered, what is wrong, what changes."""

import pytest

from portal.patient.cards import amending
from portal.patient.cards.amending import KEEP, Choice
from tests.portal.made import NOW, app

BOTH = ("measures:read", "measures:write")


def test_the_form_starts_from_what_is_agreed() -> None:
    card = amending.amend_card(app(), amending.as_it_is(app()), {}, NOW)
    assert [(one["value"], one["label"]) for one in card.options] == [
        ("measures:read", "Lire vos mesures"),
        ("measures:write", "Ajouter des mesures"),
    ]
    assert list(card.chosen) == ["measures:write"]
    assert card.durations[0] == {"value": KEEP, "label": "Ne pas changer : jusqu’au 16 mai 2026", "hint": None}
    assert card.durations[1]["hint"] == "Jusqu’au 3 mars 2026"
    assert card.durations[3]["hint"] == "Jusqu’au 2 mars 2027"


@pytest.mark.parametrize(
    ("consents", "duration", "field"),
    [
        ([], KEEP, "consent"),
        (["documents:read"], KEEP, "consent"),
        (["measures:write"], "P99Y", "duration"),
        (["measures:write"], KEEP, ""),
    ],
)
def test_a_choice_that_cannot_be_is_told_by_its_field(consents: list[str], duration: str, field: str) -> None:
    assert [*amending.faults(app(), Choice(consents, duration))] == [field]


def test_a_sound_choice_has_no_fault() -> None:
    assert amending.faults(app(), Choice(["measures:read"], KEEP)) == {}
    assert amending.faults(app(), Choice(["measures:write"], "P3M")) == {}


def test_what_changes_is_said_in_sentences() -> None:
    card = amending.review_card(app(), Choice(["measures:read"], "P12M"), NOW)
    assert [(one.kind, one.text) for one in card.changes] == [
        ("add", "GlucoLink pourra aussi lire vos mesures."),
        ("remove", "GlucoLink ne pourra plus ajouter de mesures."),
        ("until", "Votre accord va jusqu’au 2 mars 2027, au lieu du 16 mai 2026."),
    ]
    assert card.same == []


def test_what_does_not_change_is_said_too() -> None:
    card = amending.review_card(app(agreed=BOTH), Choice(["measures:write"], KEEP), NOW)
    assert [one.text for one in card.changes] == ["GlucoLink ne pourra plus lire vos mesures."]
    assert card.same == ["GlucoLink ajoute des mesures."]
