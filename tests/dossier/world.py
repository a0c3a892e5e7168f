"""An application that calls the measures API, the agreement it acts under, and the resources it sends."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
from sqlalchemy import Connection

from dossier.access import Ask, Permit, Trace
from dossier.catalogue import LOINC, UCUM
from dossier.fhir.systems import CATEGORY
from dossier.scopes import ceiling
from kit import jose
from kit.guard import AccessClaims
from kit.problems import Refusal

BASE = "http://localhost:8000/fhir"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CRUDS = "patient/Observation.cruds"


@dataclass
class Agreements:
    """Who agreed to what, in memory: a small, true `Access`."""

    permits: dict[tuple[str, str], Permit] = field(default_factory=dict)
    refusal: str = ""
    entries: list[tuple[str, Permit | None, Trace]] = field(default_factory=list)

    def decide(self, db: Connection, claims: AccessClaims, ask: Ask, now: datetime) -> Permit:
        filters = ceiling(claims.scope, ask)
        if filters is None:
            raise Refusal("insufficient_scope", "the token does not allow this", status=403)
        permit = self.permits.get((claims.subject, claims.client_id))
        if permit is None:
            raise Refusal("pairing_required", "this application is not paired", status=403)
        if self.refusal:
            raise Refusal(self.refusal, "the person's agreement does not allow this", status=403)
        return replace(permit, filters=filters)

    def record(self, db: Connection, permit: Permit | None, claims: AccessClaims, trace: Trace, now: datetime) -> None:
        self.entries.append((claims.client_id, permit, trace))

    @property
    def traces(self) -> list[Trace]:
        return [trace for _, _, trace in self.entries]


@dataclass
class App:
    """An application with a token, calling the API."""

    http: httpx2.AsyncClient
    key: Any
    client_id: str = "glucolink"
    subject: str = "gabrielle"
    scope: str = CRUDS
    media: str = "application/fhir+json"

    def token(self, **changes: Any) -> str:
        at = int(NOW.timestamp())
        claims = {
            "iss": "http://localhost:8000",
            "aud": BASE,
            "sub": self.subject,
            "client_id": self.client_id,
            "scope": self.scope,
            "jti": f"{self.client_id}-{self.subject}",
            "iat": at,
            "exp": at + 300,
        }
        return jose.sign(claims | changes, self.key, algorithm="ES256", typ="at+jwt")

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        given = {"authorization": f"Bearer {self.token()}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if body is not None:
            given.setdefault("content-type", self.media)
        content = body if isinstance(body, bytes | str | None) else httpx2.Request("POST", BASE, json=body).content
        return await self.http.request(method, path, content=content, headers=given)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.call("GET", path, **headers)

    async def add(self, resource: Any, **headers: str) -> httpx2.Response:
        return await self.call("POST", "/fhir/Observation", resource, **headers)

    async def bundle(self, resource: Any, **headers: str) -> httpx2.Response:
        return await self.call("POST", "/fhir", resource, **headers)

    def other(self, **changes: Any) -> "App":
        return replace(self, **changes)


def glucose(value: Any = 112, unit: str = "mg/dL", code: str = "2345-7", **changes: Any) -> dict[str, Any]:
    """An Observation that the guide would accept."""
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": "2026-03-01T08:15:00+01:00",
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }
    if code in ("2345-7", "15074-8"):
        moment = {"coding": [{"system": LOINC, "code": "53049-3"}]}
        url = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-moment-of-measurement"
        made["extension"] = [{"url": url, "valueCodeableConcept": moment}]
    return {name: value for name, value in (made | changes).items() if value is not None}


def identified(mark: str, **changes: Any) -> dict[str, Any]:
    """A glucose with an identifier of the application's own."""
    return glucose(identifier=[{"system": "urn:example:readings", "value": mark}], **changes)


def pressure(systolic: Any = 128, diastolic: Any = 79, **changes: Any) -> dict[str, Any]:
    """A blood pressure."""

    def part(code: str, value: Any) -> dict[str, Any]:
        quantity = {"value": value, "unit": "mm[Hg]", "system": UCUM, "code": "mm[Hg]"}
        return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity}

    made = glucose(code="85354-9", valueQuantity=None, component=[part("8480-6", systolic), part("8462-4", diastolic)])
    return made | changes


def codes(outcome: dict[str, Any], severity: str = "error") -> list[str]:
    """The codes of an OperationOutcome's issues."""
    assert outcome["resourceType"] == "OperationOutcome"
    return [i["details"]["coding"][0]["code"] for i in outcome["issue"] if i["severity"] == severity]


def transaction(*resources: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    """A Bundle that posts each resource."""
    entries = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}
