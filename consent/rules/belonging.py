"""Do the token, its grant and its client belong together?"""

from consent.question import Question
from consent.verdicts import Refuse


def belonging(question: Question) -> Refuse | None:
    """R156: no call without a stored agreement, and only with one's own."""
    if question.grant is None:
        return Refuse("grant_required")
    if question.client is None:
        return Refuse("client_suspended")
    named = {question.grant.client_id, question.client.client_id, question.client_id or question.grant.client_id}
    return Refuse("grant_mismatch") if len(named) > 1 else None
