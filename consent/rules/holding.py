"""Nothing stands against it."""

from consent.question import Question
from consent.verdicts import Allow


def holding(question: Question) -> Allow:
    """The last word of the policies that ask only whether the link still stands."""
    return Allow()
