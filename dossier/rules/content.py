"""What an Observation may hold at all: FHIR elements that would change its meaning, or that we do not serve."""

from collections.abc import Iterator

from dossier.fhir.outcome import Issue, error
from dossier.rules.narrative import unsafe
from dossier.rules.question import Question

STATUSES = frozenset({"final", "amended", "corrected", "preliminary"})
_KNOWN = STATUSES | {"registered", "cancelled", "entered-in-error", "unknown"}


def status(question: Question) -> Iterator[Issue]:
    """R4 Observation.status: a measure comes with a value, so it is preliminary, final, amended or corrected."""
    said = question.observation.status
    if said not in _KNOWN:
        yield error("code-invalid", "status_unknown", f"{said[:40]!r} is not a status", "Observation.status")
    elif said not in STATUSES:
        yield error(
            "business-rule", "status_refused", f"a measure with the status {said} is not kept", "Observation.status"
        )


def understood(question: Question) -> Iterator[Issue]:
    """R4 §2.4, §2.1.0.6: what may change the meaning (modifierExtension, implicitRules, focus) is refused unread."""
    observation = question.observation
    if observation.modifier_extension or any("modifierExtension" in part for part in question.raw.get("component", [])):
        yield error(
            "extension", "modifier_unknown", "this modifierExtension is not understood", "Observation.modifierExtension"
        )
    if observation.implicit_rules is not None:
        yield error("not-supported", "implicit_rules", "implicitRules are not supported", "Observation.implicitRules")
    if observation.focus:
        yield error(
            "not-supported", "focus", "a measure is about the person whose dossier it is in", "Observation.focus"
        )


def one_value(question: Question) -> Iterator[Issue]:
    """Guide §2.2.8: an Observation without a value is refused; it is a Quantity, or the components of a panel."""
    raw = question.raw
    others = [name for name in raw if name.startswith("value") and name != "valueQuantity"]
    if others:
        yield error(
            "not-supported", "value_kind", "the value of a measure is a valueQuantity", f"Observation.{others[0][:64]}"
        )
    if question.measure is None:
        return
    panel = question.measure.kind == "panel"
    quantity = question.observation.value_quantity
    if panel and quantity is not None:
        yield error("structure", "panel_value", "this measure has components and no value", "Observation.valueQuantity")
    elif panel and not raw.get("component"):
        yield error("required", "component_missing", "the components are missing", "Observation.component")
    elif not panel and not others and quantity is None:
        yield error("required", "value_missing", "the value is missing", "Observation.valueQuantity")
    elif not panel and raw.get("component"):
        yield error("structure", "component_unexpected", "this measure has no component", "Observation.component")


def identifiers(question: Question) -> Iterator[Issue]:
    """R4 Identifier: only a system and a value together recognise a repeated creation."""
    for place, identifier in enumerate(question.observation.identifier):
        where = f"Observation.identifier[{place}]"
        if identifier.value and not identifier.system:
            yield error("required", "identifier_system", "this identifier has no system", where)
        elif len(identifier.system or "") > 255 or len(identifier.value or "") > 255:
            yield error("too-long", "identifier_long", "an identifier has at most 255 characters", where)


def narrative(question: Question) -> Iterator[Issue]:
    """R4 txt-1: the narrative holds plain formatting only."""
    text = question.observation.text
    if text is not None and (found := unsafe(text.div)):
        yield error("invalid", "narrative_unsafe", f"the narrative may not hold {found}", "Observation.text.div")
