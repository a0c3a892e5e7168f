"""Setting a pairing up (R158 to R160): the app has its tokens, and now asks for the person's consents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from clients import redirects
from clients.records import Client
from consent import actors, entries, grants_store, journal
from consent.grants import Grant
from keys import people
from kit.ids import new
from kit.problems import Refusal
from kit.seals import Vault

MOST_STATE = 1000
MOST_REFERENCE = 200
"""Characters."""

_FIELDS = frozenset({"redirect_uri", "return_uri", "state", "patient_reference"})


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the app sends."""

    redirect_uri: str
    """Where the person goes back to after the consents page; `return_uri` is understood too."""
    state: str
    """Given back there as it is, so that the app recognises its own request."""
    patient_reference: str
    """What the app calls its own patient."""


def read(fields: Mapping[str, object], client: Client) -> SetUp:
    """The request of a pairing. Raises Refusal(400): "invalid_request", "invalid_redirect_uri"."""
    strange = sorted(fields.keys() - _FIELDS)
    if strange:
        raise Refusal("invalid_request", f"unknown field: {strange[0][:40]!a}", status=400)
    where = _text(fields, "redirect_uri", 2000) or _text(fields, "return_uri", 2000)
    if not where:
        raise Refusal("invalid_request", "redirect_uri is needed: where the person goes back to", status=400)
    if not redirects.allowed(client, where):
        raise Refusal("invalid_redirect_uri", "redirect_uri is not one registered for this client", status=400)
    return SetUp(where, _text(fields, "state", MOST_STATE), _text(fields, "patient_reference", MOST_REFERENCE))


def set_up(
    db: Connection, vault: Vault, grant: Grant, client: Client, wanted: SetUp, now: datetime, address: str = ""
) -> tuple[Grant, bool]:
    """The grant with its pairing, and True when this call made it. A later call finds it, and may change the way."""
    fresh = new("par", now)
    made = grant.pairing_id is None and grants_store.set_pairing(db, grant.id, fresh)
    values: dict[str, Any] = {"return_uri": wanted.redirect_uri, "app_state": wanted.state or None}
    if wanted.patient_reference:
        seal = people.seal_for(db, vault, grant.person_id, now)
        values["patient_reference"] = seal.close(wanted.patient_reference.encode(), _context(grant.id))
    grants_store.set_return(db, grant.id, values)
    if made:
        by = actors.app(client.client_id, client.name, address=address)
        rest = {"object_kind": "Grant", "object_ids": (grant.id,), "count": 1}
        ours = {"client_id": client.client_id, "client_name": client.name, "grant_id": grant.id}
        journal.record(db, entries.entry_of(grant.person_id, by, now, "pairing.created", **rest, **ours))
    now_set = grants_store.find(db, grant.id)
    if now_set is None:
        raise Refusal("pairing_unknown", "there is no such pairing", status=404)
    return now_set, made


def patient_reference(db: Connection, vault: Vault, grant: Grant) -> str:
    """What the app calls its own patient; "" when it did not say, or when the person's key was destroyed."""
    sealed = grants_store.patient_reference(db, grant.id)
    seal = people.seal_of(db, vault, grant.person_id) if sealed else None
    return seal.open(sealed, _context(grant.id)).decode() if seal and sealed else ""


def _context(grant_id: str) -> str:
    return f"consent_grants.patient_reference:{grant_id}"


def _text(fields: Mapping[str, object], name: str, most: int) -> str:
    value = fields.get(name, "")
    if value is None:
        return ""
    if (
        not isinstance(value, str)
        or len(value) > most
        or any(ord(letter) < 32 or ord(letter) == 127 for letter in value)
    ):
        raise Refusal("invalid_request", f"{name} is text of at most {most} characters, on one line", status=400)
    return value
