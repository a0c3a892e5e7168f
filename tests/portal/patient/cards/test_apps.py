"""The cards of «Mes applications»."""

from datetime import timedelta

import pytest

from portal.patient.cards import apps
from tests.portal.made import NOW, app, consents

ISSUER = "https://id.example"


def test_an_app_says_what_it_does_since_when_until_when_and_how_much() -> None:
    card = apps.app_card(app(agreed=("measures:read", "measures:write")), NOW, ISSUER)
    assert [(one.direction, one.what) for one in card.permissions] == [("read", "vos mesures"), ("add", "des mesures")]
    assert (card.since, card.until) == ("16 février 2026", "16 mai 2026")
    assert card.last == "Il y a 12 minutes"
    assert card.count == "1\u202f344"
    assert card.state == ("Active", "success")
    assert card.actions == ("change", "pause", "stop")


def test_an_app_that_never_called_says_so() -> None:
    card = apps.app_card(app(last_access_at=None, calls_30_days=0), NOW, ISSUER)
    assert (card.last, card.count) == ("Aucun", "0")


@pytest.mark.parametrize(
    ("standing", "words", "actions"),
    [
        ("paused", "Suspendue", ("resume", "change", "stop")),
        ("pending", "En attente de vos accords", ("stop",)),
        ("expired", "Durée écoulée", ()),
        ("ended", "Arrêtée", ()),
    ],
)
def test_each_standing_has_its_words_and_what_may_be_done(standing: str, words: str, actions: tuple[str, ...]) -> None:
    card = apps.app_card(app(standing), NOW, ISSUER)
    assert card.state[0] == words
    assert card.actions == actions


def test_an_app_that_waits_leads_to_the_page_where_it_is_answered() -> None:
    card = apps.app_card(app("pending", (), pairing_id="par_1", since=None, until=None), NOW, ISSUER)
    assert card.consents_uri == "https://id.example/pairings/par_1/consents"
    assert card.actions == ("consents", "stop")
    assert card.permissions[0].direction == "none"
    assert card.last is None


def test_a_near_end_is_said_unless_it_was_near_from_the_start() -> None:
    near = (NOW + timedelta(days=9)).isoformat()
    assert apps.state(app(until=near), NOW)[0] == "Active"
    assert apps.state(app(until=near, since="2026-01-01T00:00:00Z"), NOW)[0] == "Se termine bientôt"


def test_an_app_suspended_by_the_catalogue_says_so() -> None:
    client = {"client_id": "x", "name": "X", "status": "suspended"}
    assert apps.state(app(client=client), NOW) == ("Échanges suspendus par le catalogue", "danger")


def test_an_end_by_itself_is_told_from_a_decision() -> None:
    stopped = apps.past(app("ended", ended_because="withdrawn", ended_at="2026-03-01T10:00:00Z"))
    expired = apps.past(app("expired", until="2026-02-28T10:00:00Z"))
    assert stopped.why == "Vous l’avez arrêtée le 1er mars 2026."
    assert stopped.span == "16 février 2026 – 1er mars 2026"
    assert stopped.did == "Ajouter des mesures"
    assert expired.why == "La durée choisie est écoulée le 28 février 2026."


def test_a_refused_request_never_was_allowed_anything() -> None:
    refused = apps.past(app("ended", (), ended_because="refused", ended_at="2026-03-01T10:00:00Z", since=None))
    assert (refused.did, refused.why) == ("Rien n’a été autorisé", "Vous avez refusé sa demande le 1er mars 2026.")


def test_values_of_a_stopped_app_still_say_where_they_came_from() -> None:
    former = app("ended", ended_because="withdrawn", ended_at="2026-03-01T10:00:00Z", grant_id="grt_0")
    assert apps.origins([former])["glucolink"].words == "lien arrêté le 1er mars 2026"
    both = apps.origins([former, app()])
    assert both["glucolink"].words == "application autorisée depuis le 16 février 2026"


def test_only_our_own_pictures_are_shown() -> None:
    elsewhere = {"client_id": "x", "name": "X", "logo": "https://cdn.example/x.png"}
    ours = {"client_id": "x", "name": "X", "logo": "/static/img/x.svg"}
    assert apps.app_card(app(client=elsewhere), NOW, ISSUER).logo is None
    assert apps.app_card(app(client=ours), NOW, ISSUER).logo == "/static/img/x.svg"


def test_only_a_web_address_is_a_link_to_a_policy() -> None:
    client = {"client_id": "x", "name": "X", "policy_uri": "javascript:alert(1)"}
    assert apps.detail(app(client=client), NOW, ISSUER).policy == ""


def test_former_versions_say_what_each_changed() -> None:
    opened = {
        "version": 1,
        "at": "2026-02-16T08:55:00Z",
        "by": {"kind": "app", "name": "GlucoLink"},
        "status": "pending",
    }
    agreed = {
        "version": 2,
        "at": "2026-02-16T09:00:00Z",
        "by": {"kind": "person"},
        "status": "active",
        "changes": {
            "added": consents("measures:read", "measures:write"),
            "status": ["pending", "active"],
            "until": [None, "2026-05-16T09:00:00Z"],
        },
    }
    narrowed = {
        "version": 3,
        "at": "2026-03-01T09:00:00Z",
        "by": {"kind": "person"},
        "status": "active",
        "changes": {"removed": consents("measures:read")},
    }
    paused = {
        "version": 4,
        "at": "2026-03-01T10:00:00Z",
        "by": {"kind": "person"},
        "status": "paused",
        "changes": {"status": ["active", "paused"]},
    }
    ended = {
        "version": 5,
        "at": "2026-03-02T10:00:00Z",
        "by": {"kind": "app", "name": "GlucoLink"},
        "status": "ended",
        "ended_because": "app_unpaired",
        "changes": {"status": ["paused", "ended"]},
    }
    days = apps.days(app(history=[ended, paused, narrowed, agreed, opened]).history)
    assert [day.label for day in days] == ["2 mars 2026", "1er mars 2026", "16 février 2026"]
    said = [(event.text, event.detail) for day in days for event in day.lines]
    assert said == [
        ("L’application a arrêté le lien.", ""),
        ("Vous avez suspendu le lien.", ""),
        ("Vous avez changé vos accords.", "Retiré : lire vos mesures."),
        ("Vous avez donné vos accords.", "Autorisé : lire vos mesures et ajouter des mesures. Jusqu’au 16 mai 2026."),
        ("GlucoLink a ouvert une demande.", ""),
    ]
