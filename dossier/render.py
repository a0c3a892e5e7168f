"""From what came in to what is kept, and from what is kept to what goes out.

The server answers for id, meta.source, meta.lastUpdated, subject and performer: what an application says there is not
kept. So no application can pass for another one, or for a professional (R161).
"""

from typing import Any

from dossier.catalogue import UCUM
from dossier.fhir import json
from dossier.fhir.dates import instant
from dossier.fhir.systems import CANONICAL, CATEGORY, CLIENTS, TAGS, UNUSUAL, source_of
from dossier.records import Kept, KeptDevice, Source

_OURS = ("id", "meta", "subject", "performer", "resourceType")


def body_of(raw: dict[str, Any], categories: tuple[str, ...]) -> str:
    """What is kept of an Observation: all that came, but for what the server answers for."""
    kept = {name: value for name, value in raw.items() if name not in _OURS}
    if meta := _meta_kept(raw):
        kept["meta"] = meta
    said = {
        (coding.get("system"), coding.get("code"))
        for one in kept.get("category", [])
        for coding in one.get("coding", [])
    }
    if missing := [code for code in categories if (CATEGORY, code) not in said]:
        given = [{"coding": [{"system": CATEGORY, "code": code}]} for code in missing]
        kept["category"] = [*kept.get("category", []), *given]
    if extensions := [one for one in kept.get("extension", []) if one.get("url") != CANONICAL]:
        kept["extension"] = extensions
    else:
        kept.pop("extension", None)
    return json.write(kept).decode()


def device_body(raw: dict[str, Any]) -> str:
    """What is kept of a Device."""
    kept = {name: value for name, value in raw.items() if name not in ("id", "meta", "patient", "resourceType")}
    if meta := _meta_kept(raw):
        kept["meta"] = meta
    return json.write(kept).decode()


def observation(kept: Kept, patient: str) -> dict[str, Any]:
    """An Observation as it goes out to a caller that knows the person as `patient`."""
    body = json.stored(kept.body)
    meta = {**body.pop("meta", {}), "source": source_of(kept.source.client_id)}
    meta |= {"versionId": str(kept.version), "lastUpdated": instant(kept.recorded_at)}
    if kept.facts.unusual:
        tag = {"system": TAGS, "code": UNUSUAL, "display": "Valeur inhabituelle"}
        meta["tag"] = [*meta.get("tag", []), tag]
    if kept.facts.converted:
        body["extension"] = [*body.get("extension", []), _canonical(kept)]
    subject = {"reference": f"Patient/{patient}"}
    return {
        "resourceType": "Observation",
        "id": kept.id,
        "meta": meta,
        **body,
        "subject": subject,
        "performer": [subject if kept.source.kind == "person" else performer(kept.source)],
    }


def performer(source: Source) -> dict[str, Any]:
    """Who brought a measure, by name and by identifier."""
    kind = {"app": "Organization", "insurance": "Organization", "professional": "Practitioner", "person": "Patient"}
    return {
        "type": kind[source.kind],
        "identifier": {"system": CLIENTS, "value": source.client_id},
        "display": source.name,
    }


def device(kept: KeptDevice) -> dict[str, Any]:
    """A Device as it goes out."""
    body = json.stored(kept.body)
    meta = {**body.pop("meta", {}), "source": source_of(kept.client_id)}
    meta |= {"versionId": "1", "lastUpdated": instant(kept.recorded_at)}
    return {"resourceType": "Device", "id": kept.id, "meta": meta, **body}


def _meta_kept(raw: dict[str, Any]) -> dict[str, Any]:
    meta = {name: raw["meta"][name] for name in ("profile", "security", "tag") if name in raw.get("meta", {})}
    if tags := [tag for tag in meta.pop("tag", []) if tag.get("system") != TAGS]:
        meta["tag"] = tags
    return meta


def _canonical(kept: Kept) -> dict[str, Any]:
    unit = kept.facts.unit
    quantity = {"value": round(kept.facts.value, 4), "unit": unit, "system": UCUM, "code": unit}
    return {"url": CANONICAL, "valueQuantity": quantity}
