"""FHIR R4 (4.0.1) data types, as far as the rules look at them.

These are views: what they do not name stays in the resource as it came. A field of the wrong type is refused by
msgspec with its place.
"""

from typing import Any

import msgspec


class Element(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What every data type has."""

    extension: list["Extension"] = []


class Coding(Element, kw_only=True, frozen=True):
    """R4 Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, kw_only=True, frozen=True):
    """R4 CodeableConcept."""

    coding: list[Coding] = []
    text: str | None = None


class Extension(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """R4 Extension; only the kinds of value that our rules read are typed."""

    url: str
    value_codeable_concept: CodeableConcept | None = None


class Identifier(Element, kw_only=True, frozen=True):
    """R4 Identifier."""

    system: str | None = None
    value: str | None = None


class Reference(Element, kw_only=True, frozen=True):
    """R4 Reference."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Quantity(Element, kw_only=True, frozen=True):
    """R4 Quantity. `value` is looked at by the rules: JSON text that looks like a number is no number."""

    value: Any = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Meta(Element, kw_only=True, frozen=True):
    """R4 Meta."""

    source: str | None = None
    profile: list[str] = []
    tag: list[Coding] = []


class Narrative(Element, kw_only=True, frozen=True):
    """R4 Narrative."""

    status: str
    div: str
