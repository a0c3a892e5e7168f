"""The code that a person reads on one screen and types on another (RFC 8628 §6.1)."""

from kit.seals import Broken, Vault
from kit.secrets import draw, keyed

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants: no word can come of them, none is taken for a digit."""
LENGTH = 8
LONGEST = 40
"""Characters looked at of what was typed."""


def fresh() -> str:
    """A new code. There are 20^8: one in 25 billion is guessed at the first try."""
    return draw(ALPHABET, LENGTH)


def plain(typed: str) -> str | None:
    """The code in what was typed, whatever its case and separators; None when it cannot be one."""
    letters = "".join(letter for letter in typed[:LONGEST].upper() if letter.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def shown(code: str) -> str:
    """In two groups of four: `WDJB-MJHT`."""
    return f"{code[:4]}-{code[4:]}"


def mark(vault: Vault, code: str) -> str:
    """What is kept of a code: it is short enough to be guessed, so its digest is keyed."""
    return keyed(vault.key("idp: device codes"), code)


def close(vault: Vault, code: str, demand_id: str) -> bytes:
    """The code, sealed: the page shows it again, for the person to compare with their device."""
    return vault.seal("idp: device codes").close(code.encode(), demand_id)


def open_(vault: Vault, sealed: bytes | None, demand_id: str) -> str:
    """The code of a request; empty when it cannot be read."""
    try:
        return vault.seal("idp: device codes").open(sealed or b"", demand_id).decode()
    except Broken:
        return ""
