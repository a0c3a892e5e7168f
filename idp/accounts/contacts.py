"""Where a person says they can be reached: what is kept of it, or the sentence that says what to correct."""

from notices import addresses

MISSING_EMAIL = "Écrivez votre adresse e-mail."
WRONG_EMAIL = "Vérifiez votre adresse e-mail. Elle ressemble à nom@exemple.fr."
WRONG_MOBILE = "Vérifiez votre numéro de mobile. Il ressemble à 06 12 34 56 78."

_MOST = 254


class Wrong(ValueError):
    """What was typed cannot be kept; the message is a sentence to show."""


def email(typed: str) -> str:
    """The address as kept (R026: mandatory). Raises Wrong."""
    if not typed.strip():
        raise Wrong(MISSING_EMAIL)
    try:
        return addresses.email(typed[: _MOST + 1])
    except addresses.BadAddress:
        raise Wrong(WRONG_EMAIL) from None


def mobile(typed: str) -> str | None:
    """The number as kept (E.164), None when nothing was typed (R026: offered). Raises Wrong."""
    if not typed.strip():
        return None
    try:
        return addresses.mobile(typed[:40])
    except addresses.BadAddress:
        raise Wrong(WRONG_MOBILE) from None


def spaced(number: str) -> str:
    """«06 39 98 00 01» for a French number kept as +33639980001; others as they are kept."""
    if not number.startswith("+33") or len(number) != 12:
        return number
    national = "0" + number[3:]
    return " ".join(national[at : at + 2] for at in range(0, 10, 2))


def masked(destination: str) -> str:
    """The address as shown to someone not yet proven: «06 •• •• •• 01», «g•••@example.org»."""
    return addresses.masked_email(destination) if "@" in destination else addresses.masked_mobile(destination)
