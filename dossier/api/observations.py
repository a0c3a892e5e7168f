"""Observation: create, read, search (FHIR R4 §3.1.0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from dossier import devices, finding, store
from dossier.access import Permit, Trace
from dossier.api import answers, params
from dossier.api.call import Call, Desk, Done, body_of, bytes_of, perform
from dossier.api.creation import FHIR_ID, allowed, keep, known_devices, looked_over, other_patient
from dossier.api.params import CURSOR, Query
from dossier.fhir import json
from dossier.fhir.json import BadJson
from dossier.fhir.outcome import Faulty, Issue, error, outcome, warning
from dossier.records import Kept, KeptDevice
from dossier.render import device, observation
from kit.problems import Refusal

COUNTED = 10_000
"""A search says its total up to here; beyond, only when asked (`_total=accurate`, `_summary=count`)."""


async def create(call: Call) -> Response:
    """POST Observation: 201, or 200 with the one already there under the same identifier."""
    body = await body_of(call.request)
    fault: Refusal | None = None
    try:
        measured = looked_over(json.read(body), call.now, call.request.headers.get("if-none-exist"))
    except BadJson as bad:
        fault = Faulty([error("structure", "json_invalid", str(bad))], status=400)
    except Refusal as refusal:
        fault = refusal

    def act(desk: Desk) -> Done[tuple[Kept, bool, Permit]]:
        permit = desk.permit("c")
        if fault is not None:
            raise fault
        allowed(measured, permit, call.scene.base)
        known = known_devices(desk.db, [measured.observation], permit, call.scene.base, {})
        [(kept, fresh)] = keep(desk.db, [measured], permit, call.now, call.scene.base, known)
        trace = Trace(
            "c",
            "Observation",
            "measures",
            201 if fresh else 200,
            count=int(fresh),
            known=int(not fresh),
            measures=(kept.facts.measure,),
            ids=(kept.id,),
        )
        return Done((kept, fresh, permit), trace)

    kept, fresh, permit = await perform(call, "c", act)
    headers = {"location": location(call.scene.base, kept), **_versioned(kept)}
    said: dict[str, Any] | None = observation(kept, permit.patient)
    if call.prefer.returning == "minimal":
        said = None
    elif call.prefer.returning == "OperationOutcome":
        said = outcome(measured.warnings)
    return answers.resource(said, media=call.media, status=201 if fresh else 200, headers=headers)


async def read(call: Call) -> Response:
    """GET Observation/{id} and GET Observation/{id}/_history/{version}."""
    wanted = str(call.request.path_params["id"])
    version = call.request.path_params.get("version")

    def act(desk: Desk) -> Done[tuple[Kept, Permit]]:
        permit = desk.permit("r")
        kept = found(desk, permit, wanted)
        if version is not None and str(kept.version) != version:
            raise not_found()
        trace = Trace("r", "Observation", "measures", 200, count=1, measures=(kept.facts.measure,), ids=(kept.id,))
        return Done((kept, permit), trace)

    kept, permit = await perform(call, "r", act)
    if answers.etag(kept.version) in call.request.headers.get("if-none-match", "").split(", "):
        return answers.resource(None, status=304, headers=_versioned(kept))
    return answers.resource(observation(kept, permit.patient), media=call.media, headers=_versioned(kept))


async def search(call: Call) -> Response:
    """GET Observation?… and POST Observation/_search."""
    texts = [call.request.url.query]
    if call.request.method == "POST":
        kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refusal("unsupported_media_type", "a search is sent as application/x-www-form-urlencoded", status=415)
        texts.append((await bytes_of(call.request, 64_000)).decode("ascii", "replace"))
    fault: Refusal | None = None
    try:
        asked = params.query(params.pairs(*texts), strict=call.prefer.strict)
    except Refusal as refusal:
        fault = refusal

    def act(desk: Desk) -> Done[Page]:
        permit = desk.permit("s")
        if fault is not None:
            raise fault
        page = find(desk, permit, asked)
        measures = tuple(sorted({kept.facts.measure for kept in page.matches}))
        ids = tuple(kept.id for kept in page.matches)
        return Done(page, Trace("s", "Observation", "measures", 200, "", len(ids), 0, measures, ids))

    page = await perform(call, "s", act)
    return answers.resource(searchset(page, asked, call.scene.base), media=call.media)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    matches: Sequence[Kept]
    more: bool
    total: int | None
    devices: Sequence[KeptDevice]
    patient: str


def found(desk: Desk, permit: Permit, id: str) -> Kept:  # noqa: A002 - FHIR's word
    """That measure of the permit's person. Raises Refusal(404), the same for another person's and for none."""
    kept = store.find(desk.db, permit.person_id, id, permit.filters) if FHIR_ID.fullmatch(id) else None
    if kept is None:
        raise not_found()
    return kept


def find(desk: Desk, permit: Permit, asked: Query) -> Page:
    """Carry out a search. Raises Refusal(403) when it is about another person."""
    for patient in asked.patients:
        name = patient.removeprefix(f"{desk.call.scene.base}/").removeprefix("Patient/").rpartition("|")[2]
        if name != permit.patient:
            raise other_patient()
    db, person, search = desk.db, permit.person_id, asked.search
    matches = [] if asked.only_count else finding.page(db, person, search, permit.filters)
    more = len(matches) > search.count
    matches = matches[: search.count]
    total: int | None = None
    if asked.only_count or asked.total == "accurate":
        total = finding.count(db, person, search, permit.filters)
    elif asked.total == "some" and search.after is None:
        total = len(matches) if not more else finding.count(db, person, search, permit.filters, COUNTED + 1)
        total = None if total > COUNTED else total
    named = {kept.device_id for kept in matches if kept.device_id} if asked.with_devices else set()
    return Page(matches, more, total, [*devices.find(db, person, named).values()] if named else [], permit.patient)


def searchset(page: Page, asked: Query, base: str) -> dict[str, Any]:
    """The Bundle of one page (R4 §3.1.1.2)."""
    address = f"{base}/Observation"
    links = [{"relation": "self", "url": _link(address, asked.used)}]
    if page.more:
        last = page.matches[-1]
        at = last.facts.begins if asked.search.sort == "date" else last.recorded_at
        rest = [pair for pair in asked.used if pair[0] != CURSOR]
        links.append({"relation": "next", "url": _link(address, [*rest, (CURSOR, params.cursor(at, last.id))])})
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": f"{address}/{kept.id}",
            "resource": observation(kept, page.patient),
            "search": {"mode": "match"},
        }
        for kept in page.matches
    ]
    entries += [
        {"fullUrl": f"{base}/Device/{kept.id}", "resource": device(kept), "search": {"mode": "include"}}
        for kept in page.devices
    ]
    if asked.ignored:
        words = f"not supported, left out: {', '.join(asked.ignored)}"
        said = outcome([warning("not-supported", "parameter_ignored", words)])
        entries.append({"resource": said, "search": {"mode": "outcome"}})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        bundle["total"] = page.total
    bundle["link"] = links
    if entries:
        bundle["entry"] = entries
    return bundle


def location(base: str, kept: Kept) -> str:
    """R4 §3.1.0.8: where the new version is."""
    return f"{base}/Observation/{kept.id}/_history/{kept.version}"


def not_found() -> Refusal:
    """404: one answer for what another person has and for what nobody has."""
    return Refusal("not_found", "there is no such resource", status=404)


def warned(issues: Sequence[Issue]) -> dict[str, Any] | None:
    """What was noticed, as an OperationOutcome; None when nothing was."""
    return outcome(issues) if issues else None


def _versioned(kept: Kept) -> dict[str, str]:
    return {"etag": answers.etag(kept.version), "last-modified": answers.http_date(kept.recorded_at)}


def _link(address: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address
