"""Turns readings into what the measures API takes: FHIR R4 Observations, in transaction Bundles."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dossier.catalogue import LOINC, UCUM
from sandbox.libreview.reader import PARIS
from sandbox.libreview.records import Kind, Reading

READINGS = "https://glucolink.example.org/readings"
"""Identifier system of the readings: the same line of the same file always has the same identifier."""
SENSORS = "https://glucolink.example.org/sensors"
MOST = 1_000
"""Entries that the API takes in one Bundle."""
USUAL = 500

_CODES = {
    (True, "mg/dL"): ("2345-7", "Glucose [Mass/volume] in Serum or Plasma"),
    (True, "mmol/L"): ("15074-8", "Glucose [Moles/volume] in Blood"),
    (False, "mg/dL"): ("99504-3", "Glucose [Mass/volume] in Interstitial fluid"),
    (False, "mmol/L"): ("14745-4", "Glucose [Moles/volume] in Body fluid"),
}
"""By blood or not, and unit: the LOINC code of a mass is for mg/dL, that of moles for mmol/L."""
_VITAL = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "vital-signs",
    "display": "Vital Signs",
}
_MOMENT = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-moment-of-measurement"
_NAMESPACE = uuid.UUID("0f0e5d0a-6f0b-5c6e-9a3e-6d1c3f6b8a51")


def identifier(reading: Reading) -> str:
    """The same for the same reading of the same sensor, whichever file it comes from."""
    mark = f"{reading.serial or reading.device}/{int(reading.kind)}/{reading.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return mark if reading.nth == 1 else f"{mark}/{reading.nth}"


def observation(
    reading: Reading, *, patient: str | None = None, device: str | None = None, zone: ZoneInfo = PARIS
) -> dict[str, Any]:
    """One reading as an Observation: the value and the unit are those of the file."""
    blood = reading.kind is Kind.STRIP
    code, display = _CODES[blood, reading.unit]
    number = reading.value
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [{"system": READINGS, "value": identifier(reading)}],
        "status": "final",
        "category": [{"coding": [_VITAL]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}]},
        "effectiveDateTime": reading.at.astimezone(zone).isoformat(timespec="seconds"),
        "valueQuantity": {
            "value": int(number) if number == number.to_integral_value() and reading.unit == "mg/dL" else float(number),
            "unit": reading.unit,
            "system": UCUM,
            "code": reading.unit,
        },
    }
    if blood:
        # The guide wants the moment of a blood glucose; the file does not tell it: "other".
        other = {"system": LOINC, "code": "LA46-8", "display": "Autre"}
        resource["extension"] = [{"url": _MOMENT, "valueCodeableConcept": {"coding": [other]}}]
    if patient is not None:
        resource["subject"] = {"reference": f"Patient/{patient}"}
    if device is not None:
        resource["device"] = {"reference": device}
    return resource


def sensor(reading: Reading) -> dict[str, Any]:
    """The sensor of a reading as a PhdDevice (HL7 Personal Health Device guide): a continuous glucose monitor."""
    mdc = "urn:iso:std:iso:11073:10101"
    kind = {"coding": [{"system": "http://hl7.org/fhir/uv/phd/CodeSystem/ContinuaDeviceIdentifiers", "code": "SYSID"}]}
    return {
        "resourceType": "Device",
        "meta": {"profile": ["http://hl7.org/fhir/uv/phd/StructureDefinition/PhdDevice"]},
        "identifier": [{"type": kind, "system": SENSORS, "value": _sensor_mark(reading)}],
        "manufacturer": "Abbott",
        "deviceName": [{"name": reading.device or "FreeStyle Libre", "type": "manufacturer-name"}],
        "type": {"coding": [{"system": mdc, "code": "65573"}]},
        "specialization": [{"systemType": {"coding": [{"system": mdc, "code": "528409"}]}}],
    }


def bundles(
    readings: Iterable[Reading], *, patient: str | None = None, size: int = USUAL, zone: ZoneInfo = PARIS
) -> Iterator[dict[str, Any]]:
    """Transaction Bundles of at most `size` entries, sensors included. Raises ValueError when not 2 <= size <= 1000.

    Each Bundle stands alone: it says itself which sensors its readings come from.
    """
    if not 2 <= size <= MOST:
        raise ValueError(f"a Bundle holds 2 to {MOST} entries")
    batch: list[Reading] = []
    sensors: set[str] = set()
    for reading in readings:
        wanted = sensors | {_sensor_mark(reading)}
        if len(batch) + 1 + len(wanted) > size:
            yield bundle(batch, patient=patient, zone=zone)
            batch, wanted = [], {_sensor_mark(reading)}
        batch.append(reading)
        sensors = wanted
    if batch:
        yield bundle(batch, patient=patient, zone=zone)


def bundle(readings: Iterable[Reading], *, patient: str | None = None, zone: ZoneInfo = PARIS) -> dict[str, Any]:
    """One transaction: the sensors, created unless known, then the readings."""
    sensors: dict[str, dict[str, Any]] = {}
    entries: list[dict[str, Any]] = []
    for reading in readings:
        mark = _sensor_mark(reading)
        url = f"urn:uuid:{uuid.uuid5(_NAMESPACE, 'sensor/' + mark)}"
        if mark not in sensors:
            sensors[mark] = {
                "fullUrl": url,
                "resource": sensor(reading),
                "request": {"method": "POST", "url": "Device", "ifNoneExist": f"identifier={SENSORS}|{mark}"},
            }
        entries.append(
            {
                "fullUrl": f"urn:uuid:{uuid.uuid5(_NAMESPACE, 'reading/' + identifier(reading))}",
                "resource": observation(reading, patient=patient, device=url, zone=zone),
                "request": {"method": "POST", "url": "Observation"},
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": [*sensors.values(), *entries]}


def _sensor_mark(reading: Reading) -> str:
    return quote(reading.serial or reading.device or "unknown", safe="-._")
