"""What the dossier knows of a measure: facts drawn from the resource, and the row that is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SourceKind = Literal["app", "person", "professional", "insurance"]
"""Where a measure comes from."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was understood of an Observation when it came: what it is searched, compared and drawn by."""

    measure: str
    """Key in the catalogue."""
    value: float
    """In the catalogue's unit; the systolic pressure of a blood pressure."""
    second: float | None
    """The diastolic pressure."""
    unit: str
    converted: bool
    """The value came in another unit of the measure."""
    unusual: bool
    """Outside the plausible range."""
    begins: datetime
    ends: datetime
    """`effectiveDateTime` as a span: a day, a minute, a second. The end is excluded."""
    categories: tuple[str, ...]
    status: str
    identifier: tuple[str, str] | None
    """(system, value) of the identifier by which a repeated creation is recognised."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who brings data: settled by the token and the agreement, never by what the data says."""

    kind: SourceKind
    client_id: str
    name: str
    """As shown to the person."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An Observation as it is kept."""

    id: str
    person_id: str
    facts: Facts
    source: Source
    grant_id: str | None
    device_id: str | None
    recorded_at: datetime
    version: int
    body: str
    """The resource's JSON as it came, without what the server answers for (id, meta.source, subject, performer)."""


@dataclass(frozen=True, slots=True)
class KeptDevice:
    """A Device as it is kept."""

    id: str
    person_id: str
    client_id: str
    identifier: tuple[str, str]
    recorded_at: datetime
    body: str
