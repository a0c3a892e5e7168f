"""The identifier that a person chooses to sign in with (R027, R028)."""

import unicodedata

from idp.accounts import nir

SHORTEST = 8
LONGEST = 64

MISSING = "Choisissez un identifiant."
TOO_SHORT = f"Votre identifiant doit avoir au moins {SHORTEST} caractères."
TOO_LONG = f"Votre identifiant doit avoir au plus {LONGEST} caractères."
AN_EMAIL = "Votre identifiant ne peut pas être une adresse e-mail."
A_NIR = "Votre identifiant ne peut pas être votre numéro de sécurité sociale."
OTHER_CHARACTERS = "Utilisez des lettres, des chiffres, le point, le tiret ou le tiret bas."
TAKEN = "Cet identifiant n’est pas disponible. Choisissez-en un autre."

_ALSO = frozenset("._-")


def canonical(typed: str) -> str:
    """As it is kept: without the spaces around, composed characters put together."""
    return unicodedata.normalize("NFKC", typed).strip()


def key(typed: str) -> str:
    """What two identifiers are compared by: capitals do not matter."""
    return canonical(typed).casefold()


def wrong(typed: str) -> str | None:
    """What is wrong with a new identifier, in one sentence to show; None when it may be used."""
    text = canonical(typed)
    if not text:
        return MISSING
    if "@" in text:
        return AN_EMAIL
    if len(text) < SHORTEST:
        return TOO_SHORT
    if len(text) > LONGEST:
        return TOO_LONG
    if not all(c.isalnum() or c in _ALSO for c in text):
        return OTHER_CHARACTERS
    if nir.looks_like_one(text):
        return A_NIR  # it would be seen by everyone who watches the person sign in
    return None
