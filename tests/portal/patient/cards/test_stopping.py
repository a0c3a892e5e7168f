"""Stopping an app: its consequences, and the letter."""

from portal.patient.cards import stopping
from tests.portal.made import NOW, app


def said(kind: str, agreed: tuple[str, ...]) -> list[str]:
    return [one.text for one in stopping.consequences(app(agreed=agreed)) if one.kind == kind]


def test_an_app_that_adds_stops_adding_and_what_it_added_stays() -> None:
    assert said("stop", ("measures:write",))[0] == "GlucoLink n’ajoutera plus de mesures dans votre dossier."
    assert said("keep", ("measures:write",)) == [
        "Les mesures déjà ajoutées restent dans votre dossier. Leur origine reste indiquée."
    ]
    assert not any("copie" in text for text in said("warn", ("measures:write",)))


def test_an_app_that_reads_may_keep_a_copy() -> None:
    assert said("stop", ("measures:read",))[0] == "GlucoLink ne lira plus vos mesures."
    assert said("keep", ("measures:read",)) == []
    assert "GlucoLink peut garder une copie" in said("warn", ("measures:read",))[0]


def test_what_it_did_before_it_was_narrowed_stays_too() -> None:
    wrote = {"value": "measures:write", "direction": "write", "words": "ajoute des mesures"}
    history = [{"version": 2, "at": NOW, "by": {"kind": "person"}, "status": "active", "consents": [wrote]}]
    found = stopping.consequences(app(agreed=("measures:read",), history=history))
    assert [one.kind for one in found] == ["stop", "stop", "keep", "warn", "warn"]


def test_every_consent_has_its_consequence() -> None:
    every = ("measures:read", "measures:write", "documents:read", "documents:write", "agenda:read", "agenda:write")
    assert len(said("stop", every)) == 7


def test_a_request_that_waits_is_cancelled() -> None:
    assert said("stop", ())[0] == "La demande de GlucoLink est annulée."


def test_the_letter_names_the_app_the_day_and_the_right() -> None:
    stopped = app("ended", ended_because="withdrawn", ended_at="2026-03-01T10:00:00Z")
    letter = stopping.letter(stopped, "Gabrielle Capanelli", NOW)
    assert "À l’attention de Gluco SAS" in letter
    assert "Le 1er mars 2026, j’ai arrêté son lien" in letter
    assert "article 17" in letter
    assert letter.endswith("Gabrielle Capanelli, le 2 mars 2026")
