"""The card of the home page."""

from datetime import timedelta

import pytest

from portal.patient.agreements import Child, Space
from portal.patient.cards.home import HomeCard, home_card
from tests.portal.made import NOW, app, read_line

ISSUER = "https://id.example"
ME = {"kind": "person", "name": "Vous"}


def card(**more: object) -> HomeCard:
    given: dict[str, object] = {"space": Space("activated"), "apps": [], "lines": [], **more}
    return home_card("Inaya", given["space"], given["apps"], given["lines"], NOW, ISSUER)  # type: ignore[arg-type]


@pytest.mark.rule("R033")
def test_children_that_wait_are_listed_each_by_name() -> None:
    children = (Child("per_1", "Lola", "created", True), Child("per_2", "Louis", "activated", False))
    found = card(space=Space("activated", children))
    assert [(one.id, one.name) for one in found.children] == [("per_1", "Lola")]


def test_a_space_that_is_not_open_is_said_first() -> None:
    assert "fermé" in card(space=Space("closed")).notice
    assert "pas encore activé" in card(space=Space("created")).notice
    assert card().notice == ""


def test_what_an_app_asks_of_the_person_is_a_task() -> None:
    waiting = app("pending", (), pairing_id="par_1")
    ending = app(since="2026-01-01T00:00:00Z", until="2026-03-11T00:00:00Z")
    safe = app("ended", ended_because="security", ended_at="2026-03-01T00:00:00Z")
    old = app("ended", ended_because="security", ended_at="2025-03-01T00:00:00Z")
    tasks = card(apps=[waiting, ending, safe, old, app()]).tasks
    assert [(one.title, one.href) for one in tasks] == [
        ("Répondre à GlucoLink", "https://id.example/pairings/par_1/consents"),
        ("Garder GlucoLink ?", "/espace/applications/grt_1/modifier"),
        ("Vérifier GlucoLink", "/espace/applications/grt_1"),
    ]


def test_past_links_are_not_among_the_apps_and_many_are_counted() -> None:
    found = card(apps=[app("ended"), *(app() for _ in range(6))])
    assert found.apps is not None
    assert (len(found.apps), found.more_apps) == (4, 2)


def test_news_leaves_out_what_the_person_just_read_here() -> None:
    own = read_line("Vous avez consulté 3 mesures.", action="search", actor=ME)
    news = read_line("GlucoLink a ajouté 96 mesures.", timedelta(hours=1))
    found = card(lines=[own, news])
    assert found.days is not None
    assert [row.text for day in found.days for row in day.lines] == ["GlucoLink a ajouté 96 mesures."]


def test_what_did_not_answer_is_told_from_what_is_empty() -> None:
    found = card(space=None, apps=None, lines=None)
    assert (found.apps, found.days) == (None, None)
    assert (card().apps, card().days) == ([], [])
