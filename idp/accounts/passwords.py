"""The password rule (R029): what a new password must be, one sentence for each thing it lacks."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import zxcvbn

SHORTEST = 8
LONGEST = 128
ENOUGH = 1e6
"""Tries that a password must withstand from who knows habits and words; the server slows them down besides."""
_READ = 64
"""Characters looked at: reading more costs more than it tells."""

NO_UPPER = "Ajoutez au moins une lettre majuscule."
NO_LOWER = "Ajoutez au moins une lettre minuscule."
NO_DIGIT = "Ajoutez au moins un chiffre."
NO_SPECIAL = "Ajoutez au moins un caractère spécial, par exemple ! ? - ou @."
TOO_SHORT = f"Écrivez au moins {SHORTEST} caractères."
TOO_LONG = f"Écrivez au plus {LONGEST} caractères."
NOT_WRITABLE = "Ce mot de passe contient un caractère que nous n’acceptons pas."
HOLDS_IDENTIFIER = "Votre mot de passe ne doit pas contenir votre identifiant."
TOO_EASY = "Ce mot de passe se devine trop facilement. Choisissez des mots sans lien entre eux."
TOO_COMMON = "Ce mot de passe est trop courant. Choisissez-en un autre."
NOT_THE_SAME = "Les deux mots de passe sont différents. Écrivez deux fois le même."
MISSING = "Choisissez un mot de passe."
MISSING_AGAIN = "Écrivez votre mot de passe une seconde fois."

RULES = (
    f"au moins {SHORTEST} caractères",
    "une lettre majuscule et une lettre minuscule",
    "un chiffre",
    "un caractère spécial, par exemple ! ? - ou @",
    "sans votre identifiant, et difficile à deviner",
)
"""The rule as the page shows it, before anything is typed."""

_FILE = Path(__file__).parents[1] / "data" / "common_passwords.txt"


def canonical(password: str) -> str:
    """The same password however the keyboard composed it (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def lacks(password: str, identifier: str) -> tuple[str, ...]:
    """What is wrong with a new password, in sentences to show; nothing when it may be used."""
    if not password:
        return (MISSING,)
    if len(password) > LONGEST:  # before any other work: the length is the caller's to choose
        return (TOO_LONG,)
    text = canonical(password)
    found = {
        TOO_SHORT: len(text) < SHORTEST,
        NO_UPPER: not any(c.isupper() for c in text),
        NO_LOWER: not any(c.islower() for c in text),
        NO_DIGIT: not any(c.isdecimal() for c in text),
        NO_SPECIAL: not any(_special(c) for c in text),
        NOT_WRITABLE: any(unicodedata.category(c) in {"Cc", "Cs"} for c in text),
        HOLDS_IDENTIFIER: bool(identifier) and canonical(identifier).casefold() in text.casefold(),
        TOO_COMMON: text.lower() in common(),
    }
    wrong = tuple(words for words, missing in found.items() if missing)
    if not wrong and guesses(text, identifier) < ENOUGH:
        return (TOO_EASY,)
    return wrong


def guesses(text: str, identifier: str) -> float:
    """How many tries an attacker who knows habits, words and the identifier needs, at least (zxcvbn)."""
    known = [identifier] if identifier else []
    said: Any = zxcvbn.zxcvbn
    return float(said(text[:_READ], user_inputs=known, max_length=_READ)["guesses"])


@cache
def common() -> frozenset[str]:
    """The 10,000 most common passwords, in lower case."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))


def _special(character: str) -> bool:
    return not character.isalnum() and not character.isspace() and character.isprintable()
