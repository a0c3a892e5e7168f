"""Who acts: a person, an app, a professional, or the house itself."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "app", "professional", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something to a person's space, and from where."""

    kind: ActorKind
    id: str
    name: str = ""
    """As the journal shows it; empty for the holder, whom the journal calls "vous"."""
    context: str = ""
    """Where it was done from, one of `consent.journal_words.CONTEXTS`: "portal", "consents_page", "phone"…"""
    address: str = ""
    """The caller's network address; the journal keeps only its beginning."""


SYSTEM = Actor("system", "system", context="automatic")
"""What happens by itself, when its time has come."""


def holder(person_id: str, *, context: str = "portal", address: str = "") -> Actor:
    """The person themselves."""
    return Actor("person", person_id, context=context, address=address)


def app(client_id: str, name: str, *, address: str = "") -> Actor:
    """An app, with its own access token."""
    return Actor("app", client_id, name, context="app", address=address)
