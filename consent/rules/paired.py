"""Were the consents given?"""

from consent.grants import Standing
from consent.question import Question
from consent.verdicts import Refuse


def paired(question: Question) -> Refuse | None:
    """R158: before using a business API the app sets the pairing up, and the person gives their consents."""
    return Refuse("pairing_required") if question.standing is Standing.PENDING else None
