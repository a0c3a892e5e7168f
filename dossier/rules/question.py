"""What the rules look at, and the small tools they share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dossier.catalogue import Catalogue, Measure
from dossier.fhir.datatypes import CodeableConcept, Coding, Quantity
from dossier.fhir.outcome import Issue
from dossier.fhir.resources import Observation


@dataclass(frozen=True, slots=True)
class Question:
    """May this Observation be kept? Everything a rule needs to answer, and nothing that it could change."""

    observation: Observation
    raw: dict[str, Any]
    now: datetime
    catalogue: Catalogue
    measure: Measure | None
    """What its code says it is; None when no code is known, or codes disagree."""


Rule = Callable[[Question], Iterator[Issue]]


def codings(concept: CodeableConcept) -> Iterator[Coding]:
    """The codings that have both a system and a code."""
    return (coding for coding in concept.coding if coding.system and coding.code)


def measures_of(concept: CodeableConcept, catalogue: Catalogue) -> set[str]:
    """Keys of the measures that the codings name."""
    found = (catalogue.code(coding.system or "", coding.code or "") for coding in concept.coding)
    return {code.measure for code in found if code}


def number(quantity: Quantity) -> Decimal | None:
    """The value of a quantity when it is a number of reasonable size: 15 digits, between 1e-9 and 1e12 or zero."""
    value = quantity.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    value = Decimal(value)
    if len(value.as_tuple().digits) > 15 or (value and not -9 <= value.adjusted() <= 12):
        return None
    return value
