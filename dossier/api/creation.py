"""Keeping what comes in: the same steps for one Observation and for a thousand in a Bundle."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Connection

from dossier import devices, store
from dossier.access import Permit
from dossier.fhir import json
from dossier.fhir.datatypes import Identifier, Reference
from dossier.fhir.json import BadJson
from dossier.fhir.outcome import Faulty, Issue, error
from dossier.fhir.resources import Device, Observation, view
from dossier.filters import within
from dossier.records import Facts, Kept, KeptDevice
from dossier.render import body_of, device_body
from dossier.rules.judgement import Judgement, judge
from dossier.rules.time import before_birth
from kit.ids import new
from kit.problems import Refusal

MOST_RESOURCE = 32_768
"""Characters of one resource in JSON."""
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Measured:
    """An Observation that the rules let through."""

    raw: dict[str, Any]
    observation: Observation
    facts: Facts
    warnings: tuple[Issue, ...]


def looked_over(raw: dict[str, Any], now: datetime, if_none_exist: str | None = None) -> Measured:
    """Judge one resource. Raises Faulty(422) with every reason, or Refusal(412) for the condition."""
    try:
        json.look_over(raw, "Observation")
    except BadJson as bad:
        raise Faulty([error("structure", "structure_invalid", str(bad), bad.expression)]) from bad
    judgement: Judgement = judge(raw, now)
    if judgement.facts is None or judgement.observation is None:
        raise Faulty(judgement.issues)
    _sized(raw, "Observation")
    _conditional(if_none_exist, judgement.observation.identifier)
    return Measured(raw, judgement.observation, judgement.facts, judgement.warnings)


def device_looked_over(raw: dict[str, Any], if_none_exist: str | None = None) -> tuple[Device, tuple[str, str]]:
    """Judge one Device: it has an identifier, by which it is kept once. Raises Faulty(422)."""
    try:
        json.look_over(raw, "Device")
        found = view(raw, Device, "Device")
    except BadJson as bad:
        raise Faulty([error("structure", "structure_invalid", str(bad), bad.expression)]) from bad
    if found.modifier_extension or found.implicit_rules is not None:
        raise Faulty([error("extension", "modifier_unknown", "this modifier is not understood", "Device")])
    _sized(raw, "Device")
    identifier = next(((i.system, i.value) for i in found.identifier if i.system and i.value), None)
    if identifier is None or max(map(len, identifier)) > 255:
        raise Faulty(
            [
                error(
                    "required",
                    "device_identifier",
                    "a system and a value of 255 characters are needed",
                    "Device.identifier",
                )
            ]
        )
    _conditional(if_none_exist, found.identifier)
    return found, identifier


def allowed(measured: Measured, permit: Permit, base: str) -> None:
    """May this permit add that? Raises Refusal(403) for another person or outside the scope, Faulty(422)."""
    concerns(measured.observation.subject, permit, base)
    if not within(permit.filters, measured.facts):
        raise Refusal("insufficient_scope", "this measure lies outside the scope of the token", status=403)
    if too_early := [*before_birth(measured.facts.ends, permit.born)]:
        raise Faulty(too_early)


def concerns(reference: Reference | None, permit: Permit, base: str) -> None:
    """Is it about the person of the permit? Absent is yes. Raises Refusal(403), as the guide's §2.2.8 has it."""
    if reference is None:
        return
    named = [_bare(reference.reference, base)] if reference.reference else []
    if reference.identifier is not None:
        named.append(f"Patient/{reference.identifier.value}")
    if any(one != f"Patient/{permit.patient}" for one in named):
        raise other_patient()


def other_patient() -> Refusal:
    """403: one answer for every other person, existing or not."""
    return Refusal("patient_mismatch", "the patient requested is not the patient of the token", status=403)


def keep(
    db: Connection, measured: Sequence[Measured], permit: Permit, now: datetime, base: str, known: Mapping[str, str]
) -> list[tuple[Kept, bool]]:
    """Keep them all; `known` maps what they may call a device by to the id under which it is kept."""
    rows = []
    for one in measured:
        device_id = device_of(one.observation, base, known)
        raw = one.raw
        if device_id is not None:
            raw = {**raw, "device": {**raw["device"], "reference": f"Device/{device_id}"}}
        rows.append(
            Kept(
                id=new("obs", now).replace("_", "-"),
                person_id=permit.person_id,
                facts=one.facts,
                source=permit.source,
                grant_id=permit.grant_id,
                device_id=device_id,
                recorded_at=now,
                version=1,
                body=body_of(raw, one.facts.categories),
            )
        )
    return [store.keep(db, rows[0])] if len(rows) == 1 else store.keep_all(db, rows)


def keep_device(
    db: Connection, raw: dict[str, Any], identifier: tuple[str, str], permit: Permit, now: datetime
) -> tuple[KeptDevice, bool]:
    """Keep a device once."""
    row = KeptDevice(
        id=new("dev", now).replace("_", "-"),
        person_id=permit.person_id,
        client_id=permit.client_id,
        identifier=identifier,
        recorded_at=now,
        body=device_body(raw),
    )
    return devices.keep(db, row)


def known_devices(
    db: Connection, observations: Iterable[Observation], permit: Permit, base: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Names of devices already kept, for those that a Bundle does not bring. Raises Faulty(422) for the others."""
    wanted = {name for one in observations if (name := _device_name(one, base)) and name not in given}
    ids = {name.removeprefix("Device/") for name in wanted if name.startswith("Device/")}
    found = devices.find(db, permit.person_id, {one for one in ids if FHIR_ID.fullmatch(one)}) if ids else {}
    known = {f"Device/{one}": one for one in found}
    if missing := sorted(wanted - known.keys()):
        text = f"{missing[0][:80]!r} is not known: send it in the same Bundle"
        raise Faulty([error("not-found", "device_unknown", text, "Observation.device.reference")])
    return known


def device_of(observation: Observation, base: str, known: Mapping[str, str]) -> str | None:
    """The id of the device that an Observation names."""
    name = _device_name(observation, base)
    return known[name] if name else None


def _device_name(observation: Observation, base: str) -> str:
    reference = observation.device.reference if observation.device else None
    return "" if not reference or reference.startswith("#") else _bare(reference, base)


def _bare(reference: str, base: str) -> str:
    return reference.removeprefix(f"{base}/")


def _sized(raw: dict[str, Any], name: str) -> None:
    if len(json.write(raw)) > MOST_RESOURCE:
        raise Faulty([error("too-long", "resource_too_large", f"at most {MOST_RESOURCE} bytes", name)], status=413)


def _conditional(if_none_exist: str | None, identifiers: Sequence[Identifier]) -> None:
    """R4 §3.1.0.8.1: the only condition is the resource's own identifier: by it, it is kept once and found again."""
    if if_none_exist is None:
        return
    pairs = parse_qsl(if_none_exist.partition("?")[2] if "?" in if_none_exist else if_none_exist)
    if len(pairs) == 1 and pairs[0][0] == "identifier":
        system, bar, value = pairs[0][1].partition("|")
        first = next(((one.system, one.value) for one in identifiers if one.system and one.value), None)
        if bar and (system, value) == first:
            return
    raise Refusal(
        "condition_unsupported", "If-None-Exist must be identifier=system|value, the resource's first", status=412
    )
