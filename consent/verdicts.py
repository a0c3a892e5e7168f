"""The answers to "may they?": a word and its reason, never a boolean."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allow:
    """Yes, for the resources that meet one of `filters` ("category=SYSTEM|CODE"); none means all of the type."""

    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """No. `code` is one of `REFUSALS`."""

    code: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The person must be asked first. `reason` is for the page: "new", "more", "paused"."""

    consents: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class StepUp:
    """The person must prove who they are more strongly, or again."""

    acr: str
    reason: str
    max_age: int | None = None
    """Seconds since the proof, at most."""


Verdict = Allow | Refuse | Ask | StepUp

REFUSALS: Mapping[str, str] = {
    "space_closed": "this person's health space is closed or refused: stop calling, and tell the person",
    "space_not_active": "this person's health space is not activated yet",
    "client_suspended": "this client may not exchange data: it is not referenced in the catalogue at present",
    "grant_required": "this access token carries no agreement of a person: use the authorization code flow",
    "grant_mismatch": "this access token and its agreement do not belong together",
    "pairing_required": "the person has not given their consents yet: POST /pairings, then send them to consents_uri",
    "consent_paused": "the person has paused this agreement: try again later, they can resume it",
    "consent_expired": "the period of this agreement is over: ask the person for a new authorization",
    "consent_ended": "this agreement has ended: stop calling; the person may authorize you again",
    "insufficient_scope": "the access token does not cover this request",
    "details_exceeded": "the authorization details agreed for this do not cover this request, or not today",
    "consent_missing": "the person does not agree to this type of data in this direction",
    "scope_not_allowed": "the catalogue allows this client none of the data that it asks for",
    "own_only": "only an app of a third party can be paired",
    "access_refused": "no rule allows this request",
}
"""Every refusal that an app can meet, with what to do about it. All are 403, and stable: docs/consent.md lists them."""
