"""When it was measured: to the day at least, not in the future, not before the person's birth."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from dossier.fhir.dates import HOME, span
from dossier.fhir.outcome import Issue, error
from dossier.rules.question import Question

SKEW = timedelta(minutes=10)
"""How far ahead of ours the clock of a device may be."""
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

_AT = "Observation.effectiveDateTime"


def effective(question: Question) -> Iterator[Issue]:
    """R4 vs-1 and the guide: effectiveDateTime, precise to the day; a time of day has a zone (R4 §2.24.0.1)."""
    said = question.observation.effective_date_time
    if said is None:
        other = next((name for name in question.raw if name.startswith("effective")), None)
        if other:
            yield error("not-supported", "effective_kind", "effectiveDateTime is needed", f"Observation.{other[:64]}")
        else:
            yield error("required", "effective_missing", "effectiveDateTime is missing", _AT)
        return
    meant = span(said)
    if meant is None or meant.precision == "minute":
        yield error("value", "effective_invalid", f"{said[:40]!r} is not a date", _AT)
    elif meant.precision in {"year", "month"}:
        yield error("invariant", "effective_vague", "the date must be precise to the day", _AT)
    elif meant.precision != "day" and not meant.zoned:
        yield error("value", "effective_zone", "a time of day needs its offset from UTC", _AT)
    elif meant.start > question.now + SKEW:
        yield error("business-rule", "effective_future", "the measure lies in the future", _AT)
    elif meant.end <= EARLIEST:
        yield error("business-rule", "effective_too_old", "the measure lies before 1900", _AT)


def issued(question: Question) -> Iterator[Issue]:
    """R4 Observation.issued: an instant, to the second at least."""
    said = question.observation.issued
    if said is None:
        return
    meant = span(said)
    if meant is None or not meant.zoned or meant.precision not in {"second", "millisecond"}:
        yield error("value", "issued_invalid", f"{said[:40]!r} is not an instant", "Observation.issued")


def before_birth(ends: datetime, born: date | None) -> Iterator[Issue]:
    """Asked once it is known whose dossier it is: nobody is measured before being born."""
    if born is not None and ends <= datetime.combine(born, datetime.min.time(), HOME):
        yield error("business-rule", "effective_before_birth", "the measure lies before the person's birth", _AT)
