"""Measures as they come over FHIR (R4 Observation), read into plain records; what cannot be read is left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from kit.french import PARIS
from portal.patient.kinds import BY_CODE, Kind

_DEAD = {"entered-in-error", "cancelled", "unknown"}
_DOUBT = "outside-plausible-range"
_INTERSTITIAL = {"14745-4", "99504-3", "2344-0", "105272-9", "MED-969"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One value in the kind's own unit. `second` where a value is a pair. `source` is the app's name, or ""."""

    id: str
    kind: Kind
    at: datetime
    value: float
    second: float | None = None
    source: str = ""
    source_id: str = ""
    sensor: bool = False
    """Glucose under the skin, not in a drop of blood."""
    unusual: bool = False
    """Kept by the dossier with a doubt: outside what is plausible."""


class Link(msgspec.Struct, frozen=True):
    """R4 Bundle.link."""

    relation: str
    url: str = ""


class _Search(msgspec.Struct, frozen=True):
    mode: str = "match"


class Entry(msgspec.Struct, frozen=True):
    """R4 Bundle.entry; the resource is read later, one by one: a bad one does not spoil the others."""

    resource: msgspec.Raw = msgspec.Raw(b"null")
    search: _Search = _Search()


class Bundle(msgspec.Struct, frozen=True):
    """R4 Bundle, of a search."""

    link: list[Link] = []
    entry: list[Entry] = []

    @property
    def next(self) -> str:
        """The address of the page that follows, or ""."""
        return next((link.url for link in self.link if link.relation == "next"), "")


class _Coding(msgspec.Struct, frozen=True):
    code: str = ""


class _Concept(msgspec.Struct, frozen=True):
    coding: list[_Coding] = []

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.coding]


class _Quantity(msgspec.Struct, frozen=True):
    value: float | None = None
    code: str = ""
    unit: str = ""


class _Component(msgspec.Struct, frozen=True, rename="camel"):
    code: _Concept = _Concept()
    value_quantity: _Quantity | None = None


class _Identifier(msgspec.Struct, frozen=True):
    value: str = ""


class _Performer(msgspec.Struct, frozen=True):
    display: str = ""
    identifier: _Identifier | None = None


class _Period(msgspec.Struct, frozen=True):
    end: str = ""


class _Meta(msgspec.Struct, frozen=True):
    tag: list[_Coding] = []


class _Observation(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str
    id: str = ""
    status: str = ""
    meta: _Meta = _Meta()
    code: _Concept = _Concept()
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: _Period | None = None
    value_quantity: _Quantity | None = None
    component: list[_Component] = []
    performer: list[_Performer] = []


_decode = msgspec.json.Decoder(_Observation).decode


def readings(entries: Iterable[Entry]) -> list[Reading]:
    """The readable ones among the matches, oldest first."""
    found = (reading_of(bytes(entry.resource)) for entry in entries if entry.search.mode == "match")
    return sorted((one for one in found if one is not None), key=lambda reading: reading.at)


def reading_of(resource: bytes) -> Reading | None:
    """None when it is no measure of ours: another code, another unit, no date, entered in error, malformed."""
    try:
        observation = _decode(resource)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if observation.resource_type != "Observation" or observation.status in _DEAD:
        return None
    codes = observation.code.codes
    kind = next((BY_CODE[code] for code in codes if code in BY_CODE), None)
    at = _instant(observation)
    if kind is None or at is None:
        return None
    first, second = _values(observation, kind)
    if first is None or (kind.second and second is None):
        return None
    source_id, source = _source(observation)
    return Reading(
        id=observation.id,
        kind=kind,
        at=at,
        value=first,
        second=second,
        source=source,
        source_id=source_id,
        sensor=not _INTERSTITIAL.isdisjoint(codes),
        unusual=any(tag.code == _DOUBT for tag in observation.meta.tag),
    )


def _values(observation: _Observation, kind: Kind) -> tuple[float | None, float | None]:
    if not kind.second:
        return _quantity(observation.value_quantity, kind), None
    first = second = None
    for component in observation.component:
        if kind.second in component.code.codes:
            second = _quantity(component.value_quantity, kind)
        else:
            first = _quantity(component.value_quantity, kind)
    return first, second


def _quantity(quantity: _Quantity | None, kind: Kind) -> float | None:
    if quantity is None or quantity.value is None:
        return None
    return kind.standard(quantity.value, quantity.code or quantity.unit)


def _instant(observation: _Observation) -> datetime | None:
    period = observation.effective_period
    text = observation.effective_date_time or observation.effective_instant or (period.end if period else "")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=PARIS)


def _source(observation: _Observation) -> tuple[str, str]:
    """Who brought it, as the server says: identifier and name. A measure that the person typed has neither."""
    for performer in observation.performer:
        if performer.display and performer.identifier and performer.identifier.value:
            return performer.identifier.value, performer.display
    return "", ""
