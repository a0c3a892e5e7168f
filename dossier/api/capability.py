"""What this server can do, for programs that look before they ask (FHIR R4 CapabilityStatement)."""

from typing import Any

from dossier.api.negotiation import FHIR, PLAIN
from dossier.catalogue import VERSION

_PARAMETERS = (
    ("code", "token", "Every code of one measure finds it: 2345-7, 2339-0 and 15074-8 are all blood glucose."),
    ("date", "date", "effectiveDateTime, with the prefixes eq ne gt lt ge le sa eb."),
    ("category", "token", ""),
    ("patient", "reference", "May be left out: the token says whose dossier it is."),
    ("subject", "reference", "May be left out, like patient."),
    ("identifier", "token", "The first identifier with a system and a value."),
    ("status", "token", ""),
    ("_id", "token", ""),
    ("_lastUpdated", "date", ""),
)


def statement(base: str) -> dict[str, Any]:
    """The CapabilityStatement of the measures API."""
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "version": VERSION,
        "name": "Measures",
        "title": "Mesures de santé",
        "status": "active",
        "date": "2026-11-20",
        "kind": "instance",
        "implementation": {"description": "Mesures de santé", "url": base},
        "fhirVersion": "4.0.1",
        "format": [FHIR, PLAIN],
        "rest": [
            {
                "mode": "server",
                "documentation": "Paging is by the link named next. A Bundle holds at most 1,000 entries.",
                "security": {
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                                    "code": "SMART-on-FHIR",
                                }
                            ]
                        }
                    ],
                    "description": f"SMART App Launch 2: see {base}/.well-known/smart-configuration",
                },
                "resource": [_observation(), _device(), _patient()],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _observation() -> dict[str, Any]:
    return {
        "type": "Observation",
        "documentation": "Created once by identifier: the same one again answers 200 with the first.",
        "interaction": [{"code": code} for code in ("create", "read", "vread", "search-type")],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": True,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchInclude": ["Observation:device"],
        "searchParam": [
            {"name": name, "type": kind, **({"documentation": words} if words else {})}
            for name, kind, words in _PARAMETERS
        ],
    }


def _device() -> dict[str, Any]:
    return {
        "type": "Device",
        "documentation": "Created within the Bundle of the measures that name it (PhdDevice, ifNoneExist).",
        "interaction": [{"code": "create"}, {"code": "read"}],
        "versioning": "no-version",
        "conditionalCreate": True,
    }


def _patient() -> dict[str, Any]:
    return {
        "type": "Patient",
        "documentation": "The one person that the token is about; named where they agreed to tell their identity.",
        "interaction": [{"code": "read"}],
        "versioning": "no-version",
    }
