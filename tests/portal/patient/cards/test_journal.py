"""The card of «Historique»."""

from datetime import timedelta

import pytest

from portal.patient.agreements import Journal
from portal.patient.cards import journal
from tests.portal.made import NOW, app, read_line

ME = {"kind": "person", "name": "Vous"}
MINUTE = timedelta(minutes=1)


@pytest.mark.rule("R105")
def test_lines_are_grouped_by_day_in_paris_the_newest_first() -> None:
    lines = [
        read_line("A.", MINUTE),
        read_line("B.", timedelta(hours=11)),
        read_line("C.", timedelta(days=3)),
    ]
    days = journal.days(lines, NOW)
    assert [day.label for day in days] == [
        "Aujourd’hui, lundi 2 mars 2026",
        "Hier, dimanche 1er mars 2026",
        "Vendredi 27 février 2026",
    ]
    assert [row.text for day in days for row in day.lines] == ["A.", "B.", "C."]


def test_neighbours_that_say_the_same_are_one_row_that_says_how_many() -> None:
    same = "GlucoLink a ajouté 96 mesures de glycémie."
    lines = [read_line(same, 2 * MINUTE), read_line(same, 3 * MINUTE), read_line(same, 5 * MINUTE), read_line("Autre.")]
    row = journal.days(lines, NOW)[0].lines[0]
    assert (row.text, row.time, row.detail) == (same, "9 h 58", "3 fois, de 9 h 55 à 9 h 58.")


def test_what_a_page_reads_for_the_person_is_one_row() -> None:
    lines = [
        read_line("Vous avez consulté 3 mesures.", action="search", actor=ME, context_words="dans votre espace"),
        read_line("Vous avez consulté 1 mesure.", MINUTE, action="read", actor=ME, context_words="dans votre espace"),
    ]
    rows = journal.days(lines, NOW)[0].lines
    assert [row.text for row in rows] == ["Vous avez consulté votre dossier."]
    assert rows[0].detail == "2 fois, de 9 h 59 à 10 h, dans votre espace."


def test_a_refusal_stands_out_and_is_never_merged_with_a_success() -> None:
    lines = [read_line("Même phrase."), read_line("Même phrase.", MINUTE, outcome="refused")]
    first, second = journal.days(lines, NOW)[0].lines
    assert (first.icon, first.kind) == ("plus", "")
    assert (second.icon, second.kind) == ("ban", "warning")


@pytest.mark.rule("R106")
def test_the_file_has_date_author_action_and_context() -> None:
    rows = journal.file_rows([read_line("GlucoLink a ajouté 96 mesures.", outcome="allowed")])
    assert rows[0][:5] == ["Date", "Heure", "Auteur", "Action", "Contexte"]
    assert rows[1] == [
        "2026-03-02",
        "10:00:00",
        "GlucoLink",
        "GlucoLink a ajouté 96 mesures.",
        "par une application liée",
        "fait",
        "GlucoLink",
    ]


def test_the_page_keeps_what_was_chosen_in_its_links() -> None:
    lines = Journal((read_line("A."),), next=41)
    both = [app(), app("ended", grant_id="grt_0")]
    card = journal.journal_card(lines, both, app="glucolink", kind="refused", before=90, kept="dix ans", now=NOW)
    assert card.older == "/espace/historique?application=glucolink&genre=refused&avant=41"
    assert card.newest == "/espace/historique?application=glucolink&genre=refused"
    assert card.download == "/espace/historique.csv?application=glucolink&genre=refused"
    assert card.apps == [("glucolink", "GlucoLink")]


def test_the_last_page_has_nothing_older() -> None:
    card = journal.journal_card(Journal(()), [], app="", kind="", before=None, kept="dix ans", now=NOW)
    assert (card.older, card.newest, card.narrowed, card.days) == ("", "", False, [])
