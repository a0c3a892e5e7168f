"""The most that a token may ever say: asked by the app, allowed by its registration, agreed by the person."""

from dataclasses import dataclass

from clients.records import Client
from consent import scopes, smart
from kit.problems import Refusal

ALWAYS = (
    frozenset({"openid", "offline_access", "online_access", "launch", "launch/patient", "pairing"}) | scopes.MANAGEMENT
)
"""What is not a choice of the person: by itself it discloses nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an authorization request may lead to, within what the client may ask."""

    identity: frozenset[str]
    """Plain words: who the person is, how long the link lasts, whether a pairing follows."""
    data: frozenset[str]
    """SMART scopes."""
    consents: frozenset[str]
    """What to ask on our consents page now; empty for a pairing, whose consents come later."""

    @property
    def scope(self) -> frozenset[str]:
        """Everything."""
        return self.identity | self.data

    @property
    def optional(self) -> frozenset[str]:
        """The plain words that the person may leave out."""
        return self.identity - ALWAYS


def registered(client: Client) -> frozenset[smart.Atom]:
    """The data that a client may ever have, whichever way its registration spells it."""
    aliases = scopes.scopes_of(client.scope & scopes.CONSENTS.keys())
    return scopes.data_atoms(client.scope) | scopes.data_atoms(aliases)


def wish(text: str, client: Client) -> Wish:
    """What the client may have of what it asks; the rest is left out (RFC 6749 §3.3).

    Raises Refusal("invalid_scope") when a scope is unknown or badly written, or when nothing is left.
    """
    asked = scopes.read(text)
    plain = frozenset(word for word in asked if not smart.looks_smart(word))
    identity = (plain & client.scope) - scopes.SIGNALS
    data = scopes.spelled(smart.meet(scopes.data_atoms(asked), registered(client)))
    if not identity | data:
        raise Refusal("invalid_scope", "no scope that this client may ask")
    if client.first_party or scopes.PAIRING in identity:
        return Wish(identity, data, frozenset())
    consents = scopes.possible(identity | data, client.consents)
    if not consents:
        data = frozenset()
    return Wish(identity, data, consents)


def granted(scope: frozenset[str], client: Client, consents: frozenset[str], *, waiting: bool) -> frozenset[str]:
    """The scope of the next access token: the family's ceiling, lowered to what is agreed at this instant.

    While a pairing waits for its consents the ceiling stands: the floor refuses each call meanwhile (R158).
    """
    if client.first_party:
        return scope
    if waiting:
        plain = frozenset(word for word in scope if not smart.looks_smart(word))
        return plain | scopes.spelled(scopes.expand(scope, client.consents))
    return scopes.live(scope, client.consents, consents)


def about_data(scope: frozenset[str]) -> bool:
    """True when a token of this scope has a patient for context."""
    return bool(scope & {"launch", "launch/patient", scopes.PAIRING}) or any(smart.looks_smart(word) for word in scope)
