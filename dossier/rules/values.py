"""How much: a number in a unit of the measure, within its bounds."""

from collections.abc import Iterator
from decimal import Decimal

from dossier.catalogue import UCUM, Measure, known_system
from dossier.fhir.datatypes import Quantity
from dossier.fhir.outcome import Issue, error, warning
from dossier.rules.question import Question, measures_of, number

_COMPARATORS = frozenset({"<", "<=", ">=", ">"})


def value(question: Question) -> Iterator[Issue]:
    """The value of a simple measure."""
    quantity = question.observation.value_quantity
    if question.measure is None or question.measure.kind != "simple" or quantity is None:
        return
    yield from quantity_issues(quantity, question.measure, "Observation.valueQuantity")
    yield from _property(question, quantity)


def pressure(question: Question) -> Iterator[Issue]:
    """R4 bp profile: one systolic and one diastolic component, the first above the second."""
    if question.measure is None or question.measure.kind != "panel":
        return
    found: dict[str, Decimal] = {}
    for place, component in enumerate(question.observation.component):
        where = f"Observation.component[{place}]"
        named = measures_of(component.code, question.catalogue)
        if len(named) != 1 or not named <= {"bp_systolic", "bp_diastolic"}:
            yield error(
                "code-invalid", "component_unknown", "this component is not of a blood pressure", f"{where}.code"
            )
            continue
        key = named.pop()
        if key in found:
            yield error("duplicate", "component_repeated", "this component comes twice", f"{where}.code")
        quantity = component.value_quantity
        if quantity is None:
            yield error("required", "value_missing", "the value is missing", f"{where}.valueQuantity")
            continue
        measure = question.catalogue[key]
        yield from quantity_issues(quantity, measure, f"{where}.valueQuantity")
        known = canonical(quantity, measure)
        if known is not None:
            found[key] = known
    if question.observation.component and len(found) == 2 and found["bp_systolic"] <= found["bp_diastolic"]:
        yield error(
            "business-rule",
            "pressure_inverted",
            "the systolic pressure is above the diastolic one",
            "Observation.component",
        )
    named_all = {key for c in question.observation.component for key in measures_of(c.code, question.catalogue)}
    for key in ("bp_systolic", "bp_diastolic"):
        if question.observation.component and key not in named_all:
            yield error("required", "component_missing", f"the {key[3:]} component is missing", "Observation.component")


def quantity_issues(quantity: Quantity, measure: Measure, where: str) -> Iterator[Issue]:
    """Unit, size and bounds of one quantity."""
    if known_system(quantity.system or "") != UCUM:
        yield error("value", "unit_system", f"the system of the unit is {UCUM}", f"{where}.system")
        return
    if not quantity.code:
        yield error("required", "unit_missing", "the UCUM code of the unit is missing", f"{where}.code")
        return
    if quantity.comparator is not None and quantity.comparator not in _COMPARATORS:
        yield error("code-invalid", "comparator_unknown", "the comparator is one of < <= >= >", f"{where}.comparator")
    given = number(quantity)
    if given is None:
        yield error("value", "value_not_number", "the value is missing or no number of 15 digits", f"{where}.value")
        return
    known = measure.canonical(given, quantity.code)
    if known is None:
        accepted = ", ".join(measure.units)
        yield error("value", "unit_refused", f"the unit is one of: {accepted}", f"{where}.code")
        return
    if measure.bounds is None:
        return
    if not measure.bounds.hard[0] <= known <= measure.bounds.hard[1]:
        low, high = measure.bounds.hard
        yield error(
            "value", "value_impossible", f"the value is not between {low} and {high} {measure.ucum}", f"{where}.value"
        )
    elif not measure.bounds.plausible[0] <= known <= measure.bounds.plausible[1]:
        low, high = measure.bounds.plausible
        yield warning(
            "value", "value_unusual", f"the value is not between {low} and {high} {measure.ucum}", f"{where}.value"
        )


def canonical(quantity: Quantity, measure: Measure) -> Decimal | None:
    """The value in the measure's own unit, when it is a number in one of its units."""
    given = number(quantity)
    return None if given is None or not quantity.code else measure.canonical(given, quantity.code)


def _property(question: Question, quantity: Quantity) -> Iterator[Issue]:
    """LOINC: a code of a mass concentration does not go with moles. Kept all the same: the unit tells what it is."""
    moles = (quantity.code or "").lower().startswith("mmol")
    for coding in question.observation.code.coding:
        known = question.catalogue.code(coding.system or "", coding.code or "")
        if known and known.quantity and (known.quantity == "moles") != moles:
            yield warning(
                "value",
                "unit_unlike_code",
                f"the code {known.code} is for a {known.quantity} concentration",
                "Observation.code",
            )
            return
