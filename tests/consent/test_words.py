"""The journal in French: short sentences that a person understands."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from consent import journal_words, labels
from consent.actors import SYSTEM, Actor, app, holder
from consent.entries import Entry, entry_of
from consent.journal_words import _ACTS, _DATA, _ENDED, CONTEXTS, REASONS
from consent.verdicts import REFUSALS
from tests.consent.world import GABRIELLE, NOW

GLUCOLINK = app("glucolink", "GlucoLink")
ME = holder(GABRIELLE)
BANNED = re.compile(r"oauth|jeton|token|scope|grant|client|api|json|http|consentement", re.IGNORECASE)


def said(by: Actor, action: str, **rest: Any) -> str:
    entry = entry_of(GABRIELLE, by, NOW, action, **{"client_name": "GlucoLink", **rest})
    return journal_words.sentence(entry)


def data(by: Actor, action: str, count: int, kind: str = "Observation", **rest: Any) -> str:
    return said(by, action, count=count, object_kind=kind, **rest)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (data(GLUCOLINK, "create", 96, "Observation/glucose"), "GlucoLink a ajouté 96 mesures de glycémie."),
        (data(GLUCOLINK, "create", 1, "Observation/body_weight"), "GlucoLink a ajouté 1 mesure de poids."),
        (data(GLUCOLINK, "create", 1344), "GlucoLink a ajouté 1\u202f344 mesures."),
        (data(GLUCOLINK, "search", 12), "GlucoLink a lu 12 mesures."),
        (data(GLUCOLINK, "search", 0), "GlucoLink a cherché des mesures. Il n’y en avait pas."),
        (data(GLUCOLINK, "create", 0), "GlucoLink a renvoyé des mesures. Elles étaient déjà là."),
        (data(GLUCOLINK, "create", 1, "DocumentReference"), "GlucoLink a ajouté 1 document."),
        (data(GLUCOLINK, "create", 2, "Unknown"), "GlucoLink a ajouté 2 données."),
        (data(ME, "search", 3, "Observation/glucose"), "Vous avez consulté 3 mesures de glycémie."),
        (
            data(GLUCOLINK, "create", 0, outcome="refused", because="consent_ended/withdrawn"),
            "GlucoLink a voulu ajouter des mesures. Refusé : vous avez arrêté ce lien.",
        ),
        (
            data(GLUCOLINK, "search", 0, outcome="refused", because="consent_missing"),
            "GlucoLink a voulu lire vos mesures. Refusé : vous n’avez pas donné cet accord.",
        ),
        (
            data(GLUCOLINK, "create", 0, outcome="refused", because="bmi_refused"),
            "GlucoLink a voulu ajouter des mesures. Refusé : la demande n’était pas valable.",
        ),
        (said(GLUCOLINK, "grant.opened"), "GlucoLink a demandé un lien avec votre espace."),
        (said(ME, "grant.agreed"), "Vous avez autorisé GlucoLink."),
        (said(ME, "grant.amended"), "Vous avez modifié vos accords avec GlucoLink."),
        (said(ME, "grant.ended", because="withdrawn"), "Vous avez arrêté le lien avec GlucoLink."),
        (said(ME, "grant.refused", client_name="Apsanté"), "Vous avez refusé la demande d’Apsanté."),
        (
            said(GLUCOLINK, "grant.ended", because="app_unpaired"),
            "GlucoLink a arrêté le lien avec votre espace.",
        ),
        (
            said(SYSTEM, "grant.ended", because="client_delisted"),
            "Le lien avec GlucoLink est arrêté : cette application a quitté le catalogue.",
        ),
        (said(SYSTEM, "grant.expired"), "Le lien avec GlucoLink est arrivé à sa fin."),
        (said(ME, "space.activated"), "Vous avez activé votre espace."),
        (said(ME, "child.activated", object_name="Inès"), "Vous avez activé l’espace d’Inès."),
        (said(holder("per_parent"), "space.activated"), "Votre parent a activé cet espace."),
        (said(ME, "something.new"), "Vous avez agi dans votre espace."),
    ],
)
def test_a_line_reads_as_a_sentence(sentence: str, expected: str) -> None:
    assert sentence == expected


def test_another_reader_is_not_called_you() -> None:
    entry = entry_of(GABRIELLE, ME, NOW, "space.activated")
    assert journal_words.actor(entry) == "Vous"
    assert journal_words.actor(entry, "per_other") == "Une autre personne"


def every_sentence() -> Iterator[str]:
    for by in (ME, GLUCOLINK, SYSTEM, holder("per_parent")):
        for action in _ACTS:
            for because in ("", *_ENDED):
                yield said(by, action, because=because, object_name="Lola")
        for kind in _DATA:
            for action in ("create", "read", "search", "update", "delete"):
                for count in (0, 1, 96):
                    yield data(by, action, count, kind)
                for because in (*REASONS, "other"):
                    yield data(by, action, 0, kind, outcome="refused", because=because)
    yield from CONTEXTS.values()
    for label in labels.LABELS.values():
        yield from (label.title, label.does, label.wants, label.detail)


def test_every_sentence_is_short_and_has_no_word_of_ours() -> None:
    for text in every_sentence():
        assert "{" not in text
        assert not BANNED.search(text), text
        for part in re.split(r"[.:] ", text):
            assert len(part.split()) <= 20, text


def test_every_refusal_has_its_words_for_the_person() -> None:
    technical = {"grant_required", "grant_mismatch", "own_only", "scope_not_allowed", "access_refused"}
    assert REFUSALS.keys() - technical <= REASONS.keys()


def test_who_acted_is_always_somebody() -> None:
    for kind, name in (("professional", "Un professionnel"), ("app", "Une application"), ("system", "Le service")):
        entry = Entry(person_id="p", at=NOW, actor_kind=kind, actor_id="x", action="read")
        assert journal_words.actor(entry) == name
