"""An activation in progress, as it stands between two pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """Where a browser is in its activation: which page is the next one."""

    IDENTIFY = "identify"
    DECIDE = "decide"
    ACCOUNT = "account"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A browser that gave the three data of a person (R023), until it activates or time passes."""

    id: str
    person_id: str
    code_id: str
    terms_version: str | None
    created_at: datetime
    expires_at: datetime
    activated_at: datetime | None


def step(enrolment: Enrolment | None, now: datetime) -> Step:
    """The page that comes next."""
    if enrolment is None or now >= enrolment.expires_at:
        return Step.IDENTIFY
    if enrolment.activated_at is not None:
        return Step.DONE
    return Step.ACCOUNT if enrolment.terms_version else Step.DECIDE
