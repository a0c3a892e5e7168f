"""The words for what is agreed: the same on the consents page, in the list of apps and in the history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consent.scopes import CONSENTS


@dataclass(frozen=True, slots=True)
class Label:
    """A consent in French: "lit vos mesures"."""

    value: str
    data_type: str
    """One of "measures", "documents", "agenda"."""
    direction: str
    """Either "read" or "write"."""
    title: str
    """What the data are: "Mesures de santé"."""
    does: str
    """What the app does: "lit vos mesures"."""
    wants: str
    """What the app asks: "lire vos mesures"."""
    detail: str
    """What that means, in one sentence."""


def _label(value: str, title: str, does: str, wants: str, detail: str) -> Label:
    data_type, _, direction = value.partition(":")
    return Label(value, data_type, direction, title, does, wants, detail)


LABELS: Mapping[str, Label] = {
    label.value: label
    for label in (
        _label(
            "measures:read",
            "Mesures de santé",
            "lit vos mesures",
            "lire vos mesures",
            "Elle voit vos mesures : glycémie, tension, poids, température.",
        ),
        _label(
            "measures:write",
            "Mesures de santé",
            "ajoute des mesures",
            "ajouter des mesures",
            "Elle ajoute dans votre dossier les mesures de votre appareil.",
        ),
        _label(
            "documents:read",
            "Documents",
            "lit vos documents",
            "lire vos documents",
            "Elle voit vos documents : ordonnances, comptes rendus, résultats.",
        ),
        _label(
            "documents:write",
            "Documents",
            "ajoute des documents",
            "ajouter des documents",
            "Elle ajoute dans votre dossier les rapports qu’elle prépare.",
        ),
        _label(
            "agenda:read",
            "Agenda",
            "lit vos rendez-vous",
            "lire vos rendez-vous",
            "Elle voit les rendez-vous de votre agenda.",
        ),
        _label(
            "agenda:write",
            "Agenda",
            "ajoute des rendez-vous",
            "ajouter des rendez-vous",
            "Elle ajoute des rendez-vous dans votre agenda et les met à jour.",
        ),
    )
}

DURATIONS: Mapping[str, str] = {"P1D": "24 heures", "P3M": "3 mois", "P12M": "12 mois"}
"""The durations that are offered, with their words."""


def ordered(consents: Iterable[str]) -> list[Label]:
    """The labels of some consents, in the order in which they are always shown."""
    wanted = set(consents)
    return [LABELS[value] for value in CONSENTS if value in wanted]


def sentence(consents: Iterable[str]) -> str:
    """«lit vos mesures et ajoute des mesures»; «ne lit rien et n’ajoute rien» when there is none."""
    words = [label.does for label in ordered(consents)]
    if not words:
        return "ne lit rien et n’ajoute rien"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " et " + words[-1]


def duration_words(duration: str) -> str:
    """«3 mois» for "P3M"; other periods as they are written."""
    return DURATIONS.get(duration, duration)
