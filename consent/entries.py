"""One line of the journal, and how a line is tied to the one before it."""

import hashlib
import ipaddress
from dataclasses import dataclass, fields
from datetime import datetime

import msgspec

from consent.actors import Actor
from kit.database import to_millis

MOST_IDS = 20
"""How many identifiers of objects a line keeps; `count` says how many there were."""

_GENESIS = "espace journal 1:"
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what to whose space, when, in which context, with what result (R105, R106). Never changed."""

    person_id: str
    """Whose space: the chain that the line belongs to."""
    at: datetime
    actor_kind: str
    """One of "person", "app", "professional", "system"."""
    actor_id: str
    actor_name: str = ""
    for_person: str | None = None
    """The person acted for, when the actor acts for somebody else: a child, a holder who gave a mandate."""
    action: str
    """On data "create", "read", "search"…; on the rest "grant.ended", "space.activated"…"""
    object_kind: str = ""
    """A FHIR resource type ("Observation"), or "Grant", "Space"…"""
    object_ids: tuple[str, ...] = ()
    object_name: str = ""
    """The object as the reader knows it, when it has a name: a child's."""
    count: int = 0
    context: str = ""
    """Where it was done from: "app", "portal", "consents_page", "activation", "phone", "automatic"…"""
    outcome: str = "allowed"
    """Either "allowed" or "refused"."""
    because: str = ""
    """The code of the refusal, or what made the action happen."""
    client_id: str | None = None
    client_name: str = ""
    grant_id: str | None = None
    address_hint: str = ""
    """The beginning of the caller's network address: enough to recognise, not to follow."""


_NAMES = tuple(field.name for field in fields(Entry))


def entry_of(person_id: str, by: Actor, now: datetime, action: str, **rest: object) -> Entry:
    """A line about what `by` did to the space of `person_id`."""
    acted_for = person_id if by.kind == "person" and by.id != person_id else None
    values = {"for_person": acted_for, "context": by.context, "address_hint": hint(by.address), **rest}
    return Entry(
        person_id=person_id,
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        action=action,
        **values,  # type: ignore[arg-type]
    )


def genesis(person_id: str) -> bytes:
    """What the first line of a person's chain is tied to."""
    return hashlib.sha256((_GENESIS + person_id).encode()).digest()


def content(entry: Entry) -> bytes:
    """SHA-256 of the line in canonical JSON: UTF-8, keys sorted, no space, the instant in milliseconds."""
    values = {name: getattr(entry, name) for name in _NAMES}
    values["at"] = to_millis(entry.at)
    return hashlib.sha256(_encode(values)).digest()


def link(previous: bytes, content_hash: bytes) -> bytes:
    """The hash of a line: of the hash before it and of its own content. PostgreSQL computes the same by itself."""
    return hashlib.sha256(previous + content_hash).digest()


def hint(address: str) -> str:
    """The network that an address belongs to: "203.0.113.x", "2001:db8:1::"; "" when it is not an address."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv4Address):
        return address.rpartition(".")[0] + ".x"
    return str(ipaddress.ip_network((known, 48), strict=False).network_address)
