"""Does the agreement still hold?"""

from consent.grants import Standing
from consent.question import Question
from consent.verdicts import Refuse

_REFUSED = {
    Standing.PAUSED: "consent_paused",
    Standing.EXPIRED: "consent_expired",
    Standing.ENDED: "consent_ended",
}


def alive(question: Question) -> Refuse | None:
    """Pause, expiry and end bite at the very next call; a grant that waits for its consents passes here."""
    code = _REFUSED.get(question.standing) if question.standing else None
    return Refuse(code) if code else None
