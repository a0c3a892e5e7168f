"""What is measured: a code that we know, that may be written, under a category that fits."""

from collections.abc import Iterator

from dossier.fhir.outcome import Issue, error, warning
from dossier.fhir.systems import CATEGORIES, CATEGORY
from dossier.rules.question import Question, codings, measures_of


def code(question: Question) -> Iterator[Issue]:
    """Guide, list of codes: one of the catalogue's measures, and one only; the index is computed, never written."""
    observation, measure = question.observation, question.measure
    if not any(codings(observation.code)):
        yield error(
            "required", "code_missing", "a coding with a system and a code is needed", "Observation.code.coding"
        )
    elif measure is None:
        named = measures_of(observation.code, question.catalogue)
        if named:
            yield error("invalid", "codes_disagree", "the codings name different measures", "Observation.code.coding")
        else:
            yield error("code-invalid", "code_unknown", "this code is not in the catalogue", "Observation.code.coding")
    elif not measure.writable:
        yield error(
            "not-supported", "measure_computed", "this measure is computed and cannot be written", "Observation.code"
        )
    elif measure.kind == "component":
        yield error("business-rule", "measure_in_panel", "this measure only comes within its panel", "Observation.code")


def category(question: Question) -> Iterator[Issue]:
    """Guide §2.1.1: vital-signs; laboratory too for what a laboratory measures. Given when missing."""
    if question.measure is None:
        return
    said = categories(question)
    if not said:
        yield warning(
            "required",
            "category_missing",
            f"the category was missing: {question.measure.categories[0]} was taken",
            "Observation.category",
        )
    elif not set(said) & set(question.measure.categories):
        fitting = " or ".join(question.measure.categories)
        yield error(
            "code-invalid", "category_refused", f"the category of this measure is {fitting}", "Observation.category"
        )


def categories(question: Question) -> tuple[str, ...]:
    """The codes of observation-category that the resource says."""
    return tuple(
        dict.fromkeys(
            coding.code
            for concept in question.observation.category
            for coding in concept.coding
            if coding.system == CATEGORY and coding.code in CATEGORIES
        )
    )
