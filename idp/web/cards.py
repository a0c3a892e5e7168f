"""What the consents page shows, in words (R160, R162): prepared here, decided nowhere else."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from clients.records import Client
from consent import labels, scopes
from kit.forms import Form

_IDENTITY_WORDS = {
    "profile": (
        "Votre identité",
        "Votre nom, vos prénoms, votre date de naissance, votre sexe, votre profil.",
    ),
    "email": ("Votre adresse e-mail", "L’adresse que vous nous avez donnée."),
    "phone": ("Votre numéro de mobile", "Le numéro que vous nous avez donné."),
    "address": ("Votre adresse postale", "L’adresse que nous avons de vous."),
}
_DURATION_HINTS = {"P1D": "Pour essayer.", "P3M": "Vous pourrez prolonger.", "P12M": "Le plus long possible."}


@dataclass(frozen=True, slots=True)
class ConsentsCard:
    """The card of the page: who asks, what, for how long."""

    name: str
    publisher: str
    site: str
    """The host alone: what one can recognise."""
    logo: str
    description: str
    purpose: str
    policy_uri: str
    terms_uri: str
    wants: list[str]
    lasting: bool
    pairing: bool
    identity: list[dict[str, str]]
    chosen_identity: list[str]
    consents: list[dict[str, str]]
    chosen: list[str]
    durations: list[dict[str, str]]
    duration: str | None
    directions: list[dict[str, str]]
    limits: list[str]
    """What the app itself limits its request to (RFC 9396)."""


def ask(
    client: Client,
    wanted: frozenset[str],
    optional: frozenset[str],
    scope: frozenset[str],
    form: Form | None,
    limits: list[str] | None = None,
) -> ConsentsCard:
    """The card for an app that asks `wanted`, with what the person already ticked on a form that comes back."""
    offered = labels.ordered(wanted)
    identity = [
        {"value": word, "label": words, "hint": hint}
        for word, (words, hint) in _IDENTITY_WORDS.items()
        if word in optional
    ]
    return ConsentsCard(
        name=client.name,
        publisher=client.publisher,
        site=urlsplit(client.site_uri).netloc,
        logo=client.logo,
        description=client.description,
        purpose=client.purpose,
        policy_uri=client.policy_uri,
        terms_uri=client.options.tos_uri,
        wants=[label.wants for label in offered],
        lasting="offline_access" in scope,
        pairing=scopes.PAIRING in scope,
        identity=identity,
        chosen_identity=form.all("scope") if form else [],
        consents=[
            {
                "value": label.value,
                "label": f"{label.wants[0].upper()}{label.wants[1:]}",
                "hint": label.detail,
                "icon": "eye" if label.direction == "read" else "plus",
            }
            for label in offered
        ],
        chosen=form.all("consent") if form else [],
        durations=[
            {"value": value, "label": words[0].upper() + words[1:], "hint": _DURATION_HINTS.get(value, "")}
            for value, words in labels.DURATIONS.items()
        ],
        duration=form.get("duration") or None if form else None,
        directions=[
            {"direction": "read" if label.direction == "read" else "add", "what": label.wants} for label in offered
        ],
        limits=limits or [],
    )


def mistakes(form: Form, wanted: frozenset[str]) -> dict[str, str]:
    """What is missing to say yes: field → sentence. Nothing is ticked in advance, so something must be chosen."""
    if not wanted:
        return {}
    errors: dict[str, str] = {}
    said = frozenset(form.all("consent"))
    if not said & wanted:
        errors["consent"] = "Cochez au moins une donnée, ou refusez."
    elif said - wanted:
        errors["consent"] = "Une des cases n’est pas proposée ici. Vérifiez vos choix."
    if form.get("duration") not in labels.DURATIONS:
        errors["duration"] = "Choisissez une durée."
    return errors
