"""What the measures API asks before it does anything, and what it is told. The answer is given elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from sqlalchemy import Connection

from dossier.records import Source, SourceKind
from kit.guard import AccessClaims

Interaction = Literal["c", "r", "u", "d", "s"]
"""SMART App Launch 2: create, read, update, delete, search."""


@dataclass(frozen=True, slots=True)
class Ask:
    """May this caller do that? One question a call and an interaction."""

    resource: str
    interaction: Interaction
    data_type: str = "measures"
    location: str | None = None
    """Our own address: what was agreed may be for some resource servers alone (RFC 9396 §2.2)."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A restriction that a scope carries: `category=system|code` or `code=system|code`.

    Or that an agreement carries: `_since=day` and `_until=day`, the days of Paris on which a measure may begin.
    """

    parameter: str
    value: str


Filters = tuple[tuple[Filter, ...], ...]
"""Alternatives, each of restrictions that hold together. Empty: no restriction."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Yes: in whose dossier, as whom, within what."""

    person_id: str
    """Whose dossier."""
    client_id: str
    client_name: str
    """As shown to the person."""
    grant_id: str | None
    patient: str
    """The identifier by which this caller knows the person: it stands in every reference that goes out."""
    filters: Filters = ()
    acting: str | None = None
    """Who acts, when it is not the person."""
    source_kind: SourceKind = "app"
    born: date | None = None

    @property
    def source(self) -> Source:
        """Who what comes through this permit is from."""
        return Source(self.source_kind, self.client_id, self.client_name)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who the dossier is about, as far as this caller may know; their name and the rest only where that was agreed."""

    permit: Permit
    named: bool = False
    family_name: str = ""
    given_names: tuple[str, ...] = ()
    gender: str = "unknown"
    """Of FHIR's administrative genders."""
    changed_at: datetime | None = None
    """`permit.born` is the date of birth."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one call, for the person's history."""

    interaction: Literal["c", "r", "s", "batch", "transaction"]
    resource: str
    data_type: str
    status: int
    """Of the HTTP answer."""
    refusal: str = ""
    """The code of the refusal; empty when the call was carried out."""
    count: int = 0
    """Resources added, or handed out."""
    known: int = 0
    """Resources that were already there."""
    measures: tuple[str, ...] = ()
    """Keys in the catalogue of what was added or handed out."""
    ids: tuple[str, ...] = ()
    """Identifiers of what was added or handed out; the journal keeps the first twenty."""
    address: str = ""
    """The caller's network address."""


class Access(Protocol):
    """Decides, and writes down. Both run inside the call's one transaction."""

    def decide(self, db: Connection, claims: AccessClaims, ask: Ask, now: datetime) -> Permit:
        """The permit. Raises Refusal(403) with a distinct code: insufficient_scope, pairing_required,
        consent_missing, consent_paused, consent_ended, consent_expired, space_closed."""
        ...

    def holder(self, db: Connection, claims: AccessClaims, now: datetime) -> Holder:
        """Whom a token is about (`fhirUser`, `launch/patient`, `patient/Patient.r`). Raises Refusal(403), or 401."""
        ...

    def record(self, db: Connection, permit: Permit | None, claims: AccessClaims, trace: Trace, now: datetime) -> None:
        """One entry of the journal a call, carried out or refused (R105, R106). `permit` is None when refused."""
        ...
