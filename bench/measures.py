"""Measures to send: readings of interstitial glucose, as an app would write them (FHIR R4)."""

import itertools
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

_SYSTEM = "https://bench.example.org/readings"
_CATEGORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
_run = uuid.uuid4().hex[:8]
_numbers = itertools.count()


def observation() -> dict[str, Any]:
    """One reading, with an identifier never used before."""
    number = next(_numbers)
    at = datetime.now(UTC) - timedelta(minutes=1 + number % 40_000)
    return {
        "resourceType": "Observation",
        "identifier": [{"system": _SYSTEM, "value": f"{_run}-{number}"}],
        "status": "final",
        "category": [{"coding": [_CATEGORY]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "99504-3"}]},
        "effectiveDateTime": at.isoformat(timespec="seconds"),
        "valueQuantity": {
            "value": random.randint(60, 220),
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    }


def transaction(entries: int) -> dict[str, Any]:
    """A Bundle of new readings."""
    request = {"method": "POST", "url": "Observation"}
    entry = [
        {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": observation(), "request": request} for _ in range(entries)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entry}
