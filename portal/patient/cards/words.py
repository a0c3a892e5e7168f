"""The words of an agreement as sentences need them, from the words that the consent API uses everywhere."""

from portal.patient.agreements import Consent

_INFINITIVES = {"lit": "lire", "ajoute": "ajouter"}


def doing(consent: Consent) -> str:
    """«lire vos mesures» for «lit vos mesures»."""
    verb, _, rest = consent.words.partition(" ")
    return f"{_INFINITIVES.get(verb, verb)} {rest}".strip()


def not_doing(consent: Consent) -> str:
    """«ajouter de mesures» for «ajoute des mesures»: what a negation makes of it."""
    return doing(consent).replace(" des ", " de ", 1)


def about(consent: Consent) -> str:
    """«vos mesures» in «lit vos mesures»."""
    return consent.words.partition(" ")[2] or consent.words


def up(words: str) -> str:
    """The same with a capital, the rest as it was."""
    return words[:1].upper() + words[1:]


def listed(parts: list[str]) -> str:
    """«lire vos mesures, ajouter des mesures et lire vos documents»."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}" if parts else ""
