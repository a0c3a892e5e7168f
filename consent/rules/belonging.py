"""Do the token, its grant and its client belong together?"""

from consent.question import Question
from consent.verdicts import Refuse


def belonging(question: Question) -> Refuse | None:
    """R156: no call without a stored agreement, and only with one's own."""
    if question.grant is None:
        return Refuse("grant_required")
    if question.client is None:
        return Refuse("client_suspended")
    if question.actor is not None or question.chain:
        return _delegated(question)
    named = {question.grant.client_id, question.client.client_id, question.client_id or question.grant.client_id}
    return Refuse("grant_mismatch") if len(named) > 1 else None


def _delegated(question: Question) -> Refuse | None:
    """RFC 8693 §1.1: the app that the person agreed with names who may act for it, at each call.

    A portal of ours is the person's own hand: it names nobody.
    """
    client, actor, grant = question.client, question.actor, question.grant
    if client is None or grant is None or actor is None or client.client_id != grant.client_id or client.first_party:
        return Refuse("grant_mismatch")
    named = question.chain and question.chain[0] == actor.client_id == question.client_id
    return None if named and set(question.chain) <= set(client.options.may_act) else Refuse("grant_mismatch")
