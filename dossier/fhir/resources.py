"""FHIR R4 (4.0.1) resources that come in: typed views over the JSON, and the errors of typing told by place."""

import re
from typing import Any, TypeVar

import msgspec

from dossier.fhir.datatypes import (
    CodeableConcept,
    Element,
    Extension,
    Identifier,
    Meta,
    Narrative,
    Quantity,
    Reference,
)
from dossier.fhir.json import BadJson

T = TypeVar("T", bound=msgspec.Struct)


class Resource(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What every resource has."""

    resource_type: str
    id: str | None = None
    meta: Meta | None = None
    implicit_rules: str | None = None
    text: Narrative | None = None
    contained: list[dict[str, Any]] = []
    extension: list[Extension] = []
    modifier_extension: list[Any] = []


class Component(Element, kw_only=True, frozen=True):
    """R4 Observation.component."""

    code: CodeableConcept
    value_quantity: Quantity | None = None


class Observation(Resource, kw_only=True, frozen=True):
    """R4 Observation."""

    identifier: list[Identifier] = []
    status: str
    category: list[CodeableConcept] = []
    code: CodeableConcept
    subject: Reference | None = None
    focus: list[Reference] = []
    effective_date_time: str | None = None
    issued: str | None = None
    performer: list[Reference] = []
    value_quantity: Quantity | None = None
    device: Reference | None = None
    component: list[Component] = []


class Device(Resource, kw_only=True, frozen=True):
    """R4 Device, as the PhdDevice profile of the HL7 Personal Health Device guide uses it."""

    identifier: list[Identifier] = []
    manufacturer: str | None = None
    serial_number: str | None = None
    model_number: str | None = None
    type: CodeableConcept | None = None
    patient: Reference | None = None


class EntryRequest(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """R4 Bundle.entry.request."""

    method: str
    url: str
    if_none_exist: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


class Entry(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """R4 Bundle.entry; the resource stays as it came."""

    full_url: str | None = None
    resource: dict[str, Any] | None = None
    request: EntryRequest | None = None


class Bundle(Resource, kw_only=True, frozen=True):
    """R4 Bundle."""

    type: str
    entry: list[Entry] = []


_PLACE = re.compile(r" - at `\$(.*)`$")


def view(raw: dict[str, Any], kind: type[T], expression: str) -> T:
    """A typed view of `raw`. Raises BadJson with the place of the first field that is missing or of the wrong type."""
    name = kind.__name__
    if raw.get("resourceType") != name:
        said = raw.get("resourceType")
        raise BadJson(
            f"resourceType is {said!r}, {name} is expected" if said else "resourceType is missing", expression
        )
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        words = str(error)
        place = _PLACE.search(words)
        raise BadJson(_PLACE.sub("", words), expression + (place[1] if place else "")) from error
