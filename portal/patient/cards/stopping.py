"""The cards of «Arrêter»: what stops, what stays, what the app may keep, and a letter ready to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.french import day
from portal.patient.agreements import App

_STOPS = {
    "measures:read": "{app} ne lira plus vos mesures.",
    "measures:write": "{app} n’ajoutera plus de mesures dans votre dossier.",
    "documents:read": "{app} ne lira plus vos documents.",
    "documents:write": "{app} n’ajoutera plus de documents dans votre dossier.",
    "agenda:read": "{app} ne lira plus vos rendez-vous.",
    "agenda:write": "{app} n’ajoutera plus de rendez-vous dans votre agenda.",
}
_STAYS = {
    "measures:write": "Les mesures déjà ajoutées restent dans votre dossier. Leur origine reste indiquée.",
    "documents:write": "Les documents déjà ajoutés restent dans votre dossier. Leur origine reste indiquée.",
    "agenda:write": "Les rendez-vous déjà ajoutés restent dans votre agenda.",
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing to know, as `ui.consequences` takes it: "stop", "keep" or "warn"."""

    kind: str
    text: str


def consequences(app: App) -> list[Consequence]:
    """What stopping this app changes, and what it does not."""
    name = app.client.name
    agreed = [one.value for one in app.consents]
    made = [Consequence("stop", _STOPS[one].format(app=name)) for one in agreed if one in _STOPS]
    if not made:
        made.append(Consequence("stop", f"La demande de {name} est annulée."))
    made.append(Consequence("stop", "C’est immédiat. Pour la relier à nouveau, il faudra repartir de l’application."))
    # What it did stays, also when it was narrowed since.
    ever = {*agreed, *(one.value for version in app.history for one in version.consents)}
    made += [Consequence("keep", words) for one, words in _STAYS.items() if one in ever]
    if any(one.endswith(":read") for one in ever):
        text = f"{name} peut garder une copie de ce qu’elle a déjà reçu. Demandez-lui de l’effacer."
        made.append(Consequence("warn", text))
    made.append(Consequence("warn", f"{name} peut continuer de son côté. Arrêtez aussi votre compte chez elle."))
    return made


def letter(app: App, person: str, now: datetime) -> str:
    """A request for erasure (GDPR, articles 12, 17 and 19), ready to be copied."""
    stopped = day(app.over_at or now)
    to = app.client.publisher or app.client.name
    return "\n".join(
        _paragraphs(
            f"À l’attention de {to}",
            "Objet : demande d’effacement de mes données personnelles",
            "Madame, Monsieur,",
            f"J’ai utilisé l’application {app.client.name}. "
            f"Le {stopped}, j’ai arrêté son lien avec mon espace de santé.",
            "Je vous demande d’effacer les données personnelles que vous gardez sur moi, "
            "dont celles reçues de cet espace. "
            "C’est mon droit : article 17 du règlement général sur la protection des données (RGPD).",
            "Prévenez aussi ceux à qui vous les avez transmises (article 19).",
            "Vous avez un mois pour me répondre (article 12). Sans réponse, je pourrai saisir la CNIL.",
            f"{person}, le {day(now)}",
        )
    )


def _paragraphs(*parts: str) -> Sequence[str]:
    spaced: list[str] = []
    for part in parts:
        spaced += [part, ""]
    return spaced[:-1]
