"""The guide's extensions of a glucose (§2.2.6): the moment of a blood glucose, the number of days of an average.

The guide refuses a blood glucose without its moment and any other one with it. We keep them with a warning: readers
that know no moment (sensors, old meters) would otherwise have to invent one, and an invented one is worse than none.
"""

from collections.abc import Iterator

from dossier.catalogue import Moment, known_system
from dossier.fhir.outcome import Issue, error, warning
from dossier.fhir.systems import DAYS, MOMENT
from dossier.rules.question import Question

_WITH_MOMENT = "glucose_blood"
_WITH_DAYS = ("glucose_igg",)
_GLUCOSE = (_WITH_MOMENT, "glucose_interstitial", *_WITH_DAYS)


def extensions(question: Question) -> Iterator[Issue]:
    """Moment and number of days: known words, on the measures that they belong to."""
    if question.measure is None:
        return
    key = question.measure.key
    seen: set[str] = set()
    for place, extension in enumerate(question.observation.extension):
        where = f"Observation.extension[{place}]"
        kind = "moment" if extension.url in MOMENT else "days" if extension.url in DAYS else ""
        if not kind:
            continue
        if kind in seen:
            yield error("duplicate", f"{kind}_repeated", "this extension comes twice", where)
        seen.add(kind)
        known = question.catalogue.moments if kind == "moment" else question.catalogue.days
        if not _known(extension.value_codeable_concept, known):
            yield warning("code-invalid", f"{kind}_unknown", "this word is not in the guide's list", where)
        if key not in _GLUCOSE or (kind == "moment") != (key == _WITH_MOMENT):
            yield warning(
                "business-rule", f"{kind}_unexpected", "this measure has no such extension in the guide", where
            )
    if key == _WITH_MOMENT and "moment" not in seen:
        yield warning(
            "business-rule", "moment_missing", "the guide wants the moment of a blood glucose", "Observation.extension"
        )
    if key in _WITH_DAYS and "days" not in seen:
        yield warning(
            "business-rule", "days_missing", "the guide wants the number of days of an average", "Observation.extension"
        )


def _known(concept: object, words: tuple[Moment, ...]) -> bool:
    pairs = {(word.system, word.code) for word in words}
    codings = getattr(concept, "coding", [])
    return any((known_system(coding.system or ""), coding.code) in pairs for coding in codings)
