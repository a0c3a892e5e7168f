"""The last page of an activation: contacts, identifier and password, understood field by field (R026 to R029)."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts import contacts, identifiers, passwords
from kit.secrets import same

ACCEPTED = frozenset({"yes", "on", "true", "1", "oui"})
"""What a ticked box may say."""


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """Everything is as it should be. The password is here for the time to hash it."""

    email: str
    mobile: str | None
    identifier: str
    password: str


@dataclass(frozen=True, slots=True)
class Faults:
    """What to correct: for each field, one sentence or more."""

    by_field: Mapping[str, tuple[str, ...]]


def read(email: str, mobile: str, identifier: str, password: str, confirmation: str) -> Answers | Faults:
    """The answers, or all that is wrong with them at once."""
    found: dict[str, tuple[str, ...]] = {}
    kept_email, kept_mobile = "", None
    try:
        kept_email = contacts.email(email)
    except contacts.Wrong as wrong:
        found["email"] = (str(wrong),)
    try:
        kept_mobile = contacts.mobile(mobile)
    except contacts.Wrong as wrong:
        found["mobile"] = (str(wrong),)
    name = identifiers.canonical(identifier[: identifiers.LONGEST * 4])
    if fault := identifiers.wrong(name):
        found["identifier"] = (fault,)
    if lacking := passwords.lacks(password, name if len(name) >= identifiers.SHORTEST else ""):
        found["password"] = lacking
    if not confirmation:
        found["password_confirmation"] = (passwords.MISSING_AGAIN,)
    elif not same(passwords.canonical(password[:200]), passwords.canonical(confirmation[:200])):
        found["password_confirmation"] = (passwords.NOT_THE_SAME,)
    if found:
        return Faults(found)
    return Answers(kept_email, kept_mobile, name, password)
