"""Is it an app that can be paired?"""

from consent.question import Question
from consent.verdicts import Refuse


def third_party(question: Question) -> Refuse | None:
    """A portal of ours is the person's own hand: there is nothing to pair."""
    return Refuse("own_only") if question.own else None
