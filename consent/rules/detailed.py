"""Do the limits that were agreed leave this?"""

from consent.question import Question
from consent.rules.ceiling import reached
from consent.verdicts import Refuse


def detailed(question: Question) -> Refuse | None:
    """RFC 9396 §9: authorization details limit what the scope alone would cover, the token's and the agreement's."""
    wish = question.wish
    if wish is None or question.limits is None or not reached(wish, question.covered):
        return None
    return None if reached(wish, question.ceiling) else Refuse("details_exceeded")
