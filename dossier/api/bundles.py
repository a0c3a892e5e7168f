"""Bundles: a transaction is kept whole or not at all, a batch entry by entry (FHIR R4 §3.1.0.11)."""

from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from dossier.access import Trace
from dossier.api import answers, params
from dossier.api.call import Call, Desk, Done, Kind, body_of, perform, too_large
from dossier.api.creation import (
    Measured,
    allowed,
    device_looked_over,
    keep,
    keep_device,
    known_devices,
    looked_over,
)
from dossier.api.observations import find, found, location, searchset, warned
from dossier.fhir import json
from dossier.fhir.dates import instant
from dossier.fhir.json import BadJson
from dossier.fhir.outcome import Faulty, Issue, error, of_refusal
from dossier.fhir.resources import Bundle, Entry, view
from dossier.records import Kept
from dossier.render import observation
from kit.problems import Refusal

MOST_ENTRIES = 1_000


@dataclass(slots=True)
class Plan:
    """One entry: what it asks, and what will be answered."""

    place: int
    entry: Entry
    measured: Measured | None = None
    device: tuple[dict[str, Any], tuple[str, str]] | None = None
    query: tuple[str, str] | None = None
    """("read", id) or ("search", the text of its parameters)."""
    refusal: Refusal | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """By what other entries may refer to this one."""
        resource_id = (self.entry.resource or {}).get("id")
        names = [self.entry.full_url] if self.entry.full_url else []
        return [*names, f"Device/{resource_id}"] if resource_id else names


async def carry_out(call: Call) -> Response:
    """POST to the base: 200 with a transaction-response or a batch-response."""
    body = await body_of(call.request)
    fault: Refusal | None = None
    kind: Kind = "transaction"
    plans: list[Plan] = []
    try:
        bundle = _read(body)
        kind = "transaction" if bundle.type == "transaction" else "batch"
        plans = [_plan(place, entry, call) for place, entry in enumerate(bundle.entry)]
    except Refusal as refusal:
        fault = refusal

    def act(desk: Desk) -> Done[dict[str, Any]]:
        if fault is not None:
            desk.permit("c")
            raise fault
        done = _transaction(desk, plans) if kind == "transaction" else _batch(desk, plans)
        measures = tuple(sorted({kept.facts.measure for kept, _ in done}))
        fresh = sum(new for _, new in done)
        refused = next((plan.refusal.code for plan in plans if plan.refusal is not None), "") if not done else ""
        known = len(done) - fresh
        ids = tuple(kept.id for kept, new in done if new)
        trace = Trace(kind, "Observation", "measures", 200, refused, fresh, known, measures, ids)
        said: dict[str, Any] = {"resourceType": "Bundle", "type": f"{kind}-response"}
        if plans:
            said["entry"] = [plan.answer for plan in plans]
        return Done(said, trace)

    said = await perform(call, kind, act)
    return answers.resource(said, media=call.media)


def _read(body: bytes) -> Bundle:
    try:
        raw = json.read(body)
        entries = raw.get("entry")
        if isinstance(entries, list) and len(entries) > MOST_ENTRIES:
            refusal = too_large()
            raise Faulty(
                [error("too-long", refusal.code, f"a Bundle holds at most {MOST_ENTRIES} entries", "Bundle.entry")],
                status=413,
            )
        bundle = view(raw, Bundle, "Bundle")
    except BadJson as bad:
        raise Faulty([error("structure", "json_invalid", str(bad), bad.expression)], status=400) from bad
    if bundle.type not in {"transaction", "batch"}:
        raise Faulty([error("not-supported", "bundle_type", "the type is transaction or batch", "Bundle.type")])
    return bundle


def _plan(place: int, entry: Entry, call: Call) -> Plan:
    plan = Plan(place, entry)
    where = f"Bundle.entry[{place}]"
    try:
        if entry.request is None:
            raise Faulty([error("required", "request_missing", "the request is missing", f"{where}.request")])
        url = entry.request.url.removeprefix(call.scene.base).removeprefix("/")
        match entry.request.method, url:
            case "POST", "Observation":
                plan.measured = looked_over(entry.resource or {}, call.now, entry.request.if_none_exist)
            case "POST", "Device":
                _, identifier = device_looked_over(entry.resource or {}, entry.request.if_none_exist)
                plan.device = (entry.resource or {}, identifier)
            case "GET", _ if url.startswith("Observation/") and url.count("/") == 1 and "?" not in url:
                plan.query = ("read", url.removeprefix("Observation/"))
            case "GET", _ if url.partition("?")[0] == "Observation":
                plan.query = ("search", url.partition("?")[2])
            case method, _:
                words = f"{method[:10]} {url[:60]} is not supported here"
                raise Faulty([error("not-supported", "request_unsupported", words, f"{where}.request")])
    except Faulty as faulty:
        inside = f"{where}.resource"
        issues = [i if i.expression.startswith("Bundle") else i.under(inside) for i in faulty.issues]
        plan.refusal = Faulty(issues, status=faulty.status)
    except Refusal as refusal:
        plan.refusal = refusal
    return plan


def _transaction(desk: Desk, plans: list[Plan]) -> list[tuple[Kept, bool]]:
    """All or nothing: everything that can be refused is refused before the first row is written."""
    permit = desk.permit("c")
    faults: list[Issue] = []
    for plan in plans:
        if plan.query is not None:
            words = "a transaction only adds: read in a batch"
            faults.append(error("not-supported", "request_unsupported", words, f"Bundle.entry[{plan.place}].request"))
        elif isinstance(plan.refusal, Faulty):
            faults += [issue for issue in plan.refusal.issues if issue.severity == "error"]
        elif plan.refusal is not None:
            raise plan.refusal
    if faults:
        raise Faulty(faults)
    base = desk.call.scene.base
    measured = [plan for plan in plans if plan.measured is not None]
    for one in _all(measured):
        allowed(one, permit, base)
    given = {name: "" for plan in plans if plan.device for name in plan.names}
    stored = known_devices(desk.db, [one.observation for one in _all(measured)], permit, base, given)
    known = {**_keep_devices(desk, plans), **stored}
    done = keep(desk.db, _all(measured), permit, desk.call.now, base, known)
    for plan, (kept, fresh) in zip(measured, done, strict=True):
        plan.answer = _kept_entry(desk, plan, kept, fresh, permit.patient)
    return done


def _batch(desk: Desk, plans: list[Plan]) -> list[tuple[Kept, bool]]:
    """Each entry for itself: those that are refused say so in their own answer."""
    base = desk.call.scene.base
    fitting: list[Plan] = []
    writing = [plan for plan in plans if plan.refusal is None and (plan.measured or plan.device)]
    given = {name: "" for plan in writing if plan.device for name in plan.names}
    known: dict[str, str] = {}
    for plan in writing:
        try:
            permit = desk.permit("c")
            if plan.measured is not None:
                allowed(plan.measured, permit, base)
                known |= known_devices(desk.db, [plan.measured.observation], permit, base, {**given, **known})
                fitting.append(plan)
        except Refusal as refusal:
            plan.refusal = refusal
    done: list[tuple[Kept, bool]] = []
    if any(plan.refusal is None for plan in writing):
        permit = desk.permit("c")
        known = {**_keep_devices(desk, plans), **known}
        done = keep(desk.db, _all(fitting), permit, desk.call.now, base, known)
        for plan, (kept, fresh) in zip(fitting, done, strict=True):
            plan.answer = _kept_entry(desk, plan, kept, fresh, permit.patient)
    for plan in plans:
        if plan.query is not None and plan.refusal is None:
            try:
                plan.answer = _query_entry(desk, plan.query)
            except Refusal as refusal:
                plan.refusal = refusal
        if plan.refusal is not None:
            status = f"{plan.refusal.status}"
            plan.answer = {"response": {"status": status, "outcome": of_refusal(plan.refusal)}}
    return done


def _keep_devices(desk: Desk, plans: list[Plan]) -> dict[str, str]:
    """Keep the devices of the Bundle; the names that its Observations may use for them, to the ids."""
    names: dict[str, str] = {}
    base = desk.call.scene.base
    for plan in plans:
        if plan.device is None or plan.refusal is not None:
            continue
        raw, identifier = plan.device
        kept, fresh = keep_device(desk.db, raw, identifier, desk.permit("c"), desk.call.now)
        names |= dict.fromkeys(plan.names, kept.id)
        plan.answer = {
            "response": {
                "status": "201 Created" if fresh else "200 OK",
                "location": f"{base}/Device/{kept.id}/_history/1",
                "etag": answers.etag(1),
                "lastModified": instant(kept.recorded_at),
            }
        }
    return names


def _kept_entry(desk: Desk, plan: Plan, kept: Kept, fresh: bool, patient: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "status": "201 Created" if fresh else "200 OK",
        "location": location(desk.call.scene.base, kept),
        "etag": answers.etag(kept.version),
        "lastModified": instant(kept.recorded_at),
    }
    noticed = warned(plan.measured.warnings if plan.measured else ())
    if noticed is not None:
        response["outcome"] = noticed
    if desk.call.prefer.returning == "representation":
        return {"resource": observation(kept, patient), "response": response}
    return {"response": response}


def _query_entry(desk: Desk, query: tuple[str, str]) -> dict[str, Any]:
    kind, text = query
    if kind == "read":
        permit = desk.permit("r")
        kept = found(desk, permit, text)
        return {
            "resource": observation(kept, permit.patient),
            "response": {"status": "200 OK", "etag": answers.etag(kept.version)},
        }
    permit = desk.permit("s")
    asked = params.query(params.pairs(text), strict=desk.call.prefer.strict)
    return {
        "resource": searchset(find(desk, permit, asked), asked, desk.call.scene.base),
        "response": {"status": "200 OK"},
    }


def _all(plans: list[Plan]) -> list[Measured]:
    return [plan.measured for plan in plans if plan.measured is not None]
