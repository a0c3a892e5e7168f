"""Apps, lines and readings for tests, said in as few words as possible."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from portal.patient.agreements import App, Line

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_WORDS = {
    "measures:read": ("read", "lit vos mesures"),
    "measures:write": ("write", "ajoute des mesures"),
    "documents:read": ("read", "lit vos documents"),
    "documents:write": ("write", "ajoute des documents"),
    "agenda:read": ("read", "lit vos rendez-vous"),
    "agenda:write": ("write", "ajoute des rendez-vous"),
}


def consents(*values: str) -> list[dict[str, str]]:
    """As the consent API says them."""
    return [{"value": one, "direction": _WORDS[one][0], "words": _WORDS[one][1], "detail": "Détail."} for one in values]


def grant(standing: str = "active", agreed: tuple[str, ...] = ("measures:write",), **more: Any) -> dict[str, Any]:
    """An agreement with GlucoLink as the consent API says it: given on 16 February 2026, for three months."""
    return {
        "grant_id": "grt_1",
        "version": 3,
        "standing": standing,
        "status": standing,
        "client": {"client_id": "glucolink", "name": "GlucoLink", "status": "referenced", "publisher": "Gluco SAS"},
        "consents": consents(*agreed),
        "allowed": consents("measures:read", "measures:write"),
        "durations": [
            {"value": "P1D", "words": "24 heures"},
            {"value": "P3M", "words": "3 mois"},
            {"value": "P12M", "words": "12 mois"},
        ],
        "since": "2026-02-16T09:00:00Z",
        "until": "2026-05-16T09:00:00Z",
        "created_at": "2026-02-16T08:55:00Z",
        "changed_at": "2026-02-16T09:00:00Z",
        "last_access_at": "2026-03-02T08:48:00Z",
        "calls_30_days": 1344,
        "refused_30_days": 0,
        **more,
    }


def app(standing: str = "active", agreed: tuple[str, ...] = ("measures:write",), **more: Any) -> App:
    """The same, read."""
    return msgspec.convert(grant(standing, agreed, **more), App)


def line(sentence: str, ago: timedelta = timedelta(), *, action: str = "create", **more: Any) -> dict[str, Any]:
    """A line of the journal as the consent API says it; by GlucoLink unless said otherwise."""
    return {
        "id": 1,
        "at": (NOW - ago).isoformat(),
        "sentence": sentence,
        "actor": {"kind": "app", "name": "GlucoLink"},
        "action": action,
        "outcome": "allowed",
        "context_words": "par une application liée",
        "client_id": "glucolink",
        "client_name": "GlucoLink",
        **more,
    }


def read_line(sentence: str, ago: timedelta = timedelta(), **more: Any) -> Line:
    """The same, read."""
    return msgspec.convert(line(sentence, ago, **more), Line)


def observation(
    value: float, at: datetime, *, code: str = "14745-4", ucum: str = "mg/dL", **more: Any
) -> dict[str, Any]:
    """A FHIR Observation from GlucoLink."""
    return {
        "resourceType": "Observation",
        "id": "obs_1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": at.isoformat(),
        "valueQuantity": {"value": value, "code": ucum},
        "performer": [{"identifier": {"value": "glucolink"}, "display": "GlucoLink"}],
        **more,
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """A FHIR searchset."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}
