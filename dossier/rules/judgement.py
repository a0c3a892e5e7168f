"""May this Observation be kept, and what does it say? The list of rules is the answer's table of contents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dossier.catalogue import CATALOGUE, Catalogue
from dossier.fhir.dates import span
from dossier.fhir.json import BadJson
from dossier.fhir.outcome import Issue, error
from dossier.fhir.resources import Observation, view
from dossier.records import Facts
from dossier.rules import content, glucose, naming, time, values
from dossier.rules.question import Question, Rule, measures_of

RULES: tuple[Rule, ...] = (
    content.status,
    content.understood,
    naming.code,
    naming.category,
    content.one_value,
    values.value,
    values.pressure,
    time.effective,
    time.issued,
    glucose.extensions,
    content.identifiers,
    content.narrative,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`facts` is None when the resource is refused; the issues say why, or what was noticed all the same."""

    observation: Observation | None
    facts: Facts | None
    issues: tuple[Issue, ...]

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """What was noticed without refusing."""
        return tuple(issue for issue in self.issues if issue.severity != "error")


def judge(raw: dict[str, Any], now: datetime, *, catalogue: Catalogue = CATALOGUE) -> Judgement:
    """Look at one resource that came in as JSON. Pure: the same answer for the same resource and time."""
    try:
        observation = view(raw, Observation, "Observation")
    except BadJson as bad:
        return Judgement(None, None, (error("structure", "structure_invalid", str(bad), bad.expression),))
    named = measures_of(observation.code, catalogue)
    measure = catalogue[next(iter(named))] if len(named) == 1 else None
    question = Question(observation, raw, now, catalogue, measure)
    issues = tuple(issue for rule in RULES for issue in rule(question))
    if any(issue.severity == "error" for issue in issues):
        return Judgement(observation, None, issues)
    return Judgement(observation, _facts(question, issues), issues)


def _facts(question: Question, issues: tuple[Issue, ...]) -> Facts:
    """Only called when no rule refused: what they checked is there."""
    observation, measure = question.observation, question.measure
    when = span(observation.effective_date_time or "")
    if measure is None or when is None:
        raise AssertionError("the rules let through an Observation without a code or a date")
    second = None
    if measure.kind == "panel":
        parts = {
            next(iter(measures_of(component.code, question.catalogue))): component.value_quantity
            for component in observation.component
        }
        first = parts["bp_systolic"]
        second = _canonical(parts["bp_diastolic"], question, "bp_diastolic")
        value = _canonical(first, question, "bp_systolic")
    else:
        first = observation.value_quantity
        value = _canonical(first, question, measure.key)
    identifier = next(((i.system, i.value) for i in observation.identifier if i.system and i.value), None)
    return Facts(
        measure=measure.key,
        value=value,
        second=second,
        unit=measure.ucum,
        converted=first is not None and first.code != measure.ucum,
        unusual=any(issue.code == "value_unusual" for issue in issues),
        begins=when.start,
        ends=when.end,
        categories=naming.categories(question) or measure.categories[:1],
        status=observation.status,
        identifier=identifier,
    )


def _canonical(quantity: Any, question: Question, key: str) -> float:
    known = values.canonical(quantity, question.catalogue[key])
    if known is None:
        raise AssertionError("the rules let through a value that is no number in a known unit")
    return float(known)
