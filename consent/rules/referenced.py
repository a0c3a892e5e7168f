"""Does the catalogue let this client exchange data?"""

from consent.question import Question
from consent.verdicts import Refuse


def referenced(question: Question) -> Refuse | None:
    """R154, R155: only a referenced client; one that is listed has a link and nothing more."""
    if question.client is None or not question.client.may_exchange:
        return Refuse("client_suspended")
    if question.actor is not None and not question.actor.may_exchange:
        return Refuse("client_suspended")
    return None
