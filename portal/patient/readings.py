"""Measures as they come over FHIR (R4 Observation), read into plain records; what cannot be read is left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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


def resources(bundle: Any) -> Iterator[Mapping[str, Any]]:
    """The resources of a Bundle that match the search (FHIR R4 §3.1.1.5)."""
    for entry in (bundle or {}).get("entry") or ():
        resource = entry.get("resource")
        if isinstance(resource, dict) and (entry.get("search") or {}).get("mode", "match") == "match":
            yield resource


def next_page(bundle: Any) -> str:
    """The address of the page that follows, or ""."""
    for link in (bundle or {}).get("link") or ():
        if link.get("relation") == "next":
            return str(link.get("url") or "")
    return ""


def readings(observations: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """The readable ones, oldest first."""
    found = [reading for reading in map(reading_of, observations) if reading is not None]
    return sorted(found, key=lambda reading: reading.at)


def reading_of(observation: Mapping[str, Any]) -> Reading | None:
    """None when it is no measure of ours: another code, another unit, no date, entered in error."""
    if observation.get("resourceType") != "Observation" or observation.get("status") in _DEAD:
        return None
    codes = [str(coding.get("code")) for coding in (observation.get("code") or {}).get("coding") or ()]
    kind = next((BY_CODE[code] for code in codes if code in BY_CODE), None)
    at = _instant(observation)
    if kind is None or at is None:
        return None
    first = _quantity(observation, kind) if not kind.second else None
    second = None
    if kind.second:
        for component in observation.get("component") or ():
            named = {coding.get("code") for coding in (component.get("code") or {}).get("coding") or ()}
            if kind.second in named:
                second = _quantity(component, kind)
            else:
                first = _quantity(component, kind)
    if first is None or (kind.second and second is None):
        return None
    source_id, source = _source(observation)
    return Reading(
        id=str(observation.get("id") or ""),
        kind=kind,
        at=at,
        value=first,
        second=second,
        source=source,
        source_id=source_id,
        sensor=not _INTERSTITIAL.isdisjoint(codes),
        unusual=any(tag.get("code") == _DOUBT for tag in (observation.get("meta") or {}).get("tag") or ()),
    )


def _quantity(holder: Mapping[str, Any], kind: Kind) -> float | None:
    quantity = holder.get("valueQuantity") or {}
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return kind.standard(float(value), str(quantity.get("code") or quantity.get("unit") or ""))


def _instant(observation: Mapping[str, Any]) -> datetime | None:
    text = observation.get("effectiveDateTime") or observation.get("effectiveInstant")
    text = text or (observation.get("effectivePeriod") or {}).get("end")
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _source(observation: Mapping[str, Any]) -> tuple[str, str]:
    """Who brought it, as the server says: identifier and name. A measure that the person typed has neither."""
    for performer in observation.get("performer") or ():
        identifier = (performer.get("identifier") or {}).get("value")
        if performer.get("display") and identifier:
            return str(identifier), str(performer["display"])
    return "", ""
