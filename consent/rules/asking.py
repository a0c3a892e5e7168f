"""Must the person be asked before the app gets its tokens?"""

from consent import details, scopes
from consent.grants import Standing
from consent.question import Question
from consent.verdicts import Allow, Ask, Refuse, Verdict


def asking(question: Question) -> Verdict:
    """R156: nothing new without an explicit yes, and nobody is asked again what they decided.

    A portal of ours asks nothing. An app that will pair is asked about itself now, about the data later (R158).
    """
    if question.own:
        return Allow()
    pairing = scopes.PAIRING in question.scope
    wanted = frozenset() if pairing else scopes.possible(question.scope, question.allowed)
    if not pairing and not wanted and scopes.consents_of(question.scope):
        return Refuse("scope_not_allowed")
    grant = question.grant
    if grant is None or question.standing in {Standing.EXPIRED, Standing.ENDED}:
        return Ask(wanted, "new")
    if question.standing is Standing.PAUSED:
        return Ask(wanted, "paused")
    if scopes.beyond(question.scope, grant.scope):
        return Ask(wanted, "more")
    limits = details.read_all(grant.details)
    if wanted and limits is not None and (question.details is None or not details.all_within(question.details, limits)):
        return Ask(wanted, "more")
    waiting = question.standing is Standing.PENDING and scopes.PAIRING not in grant.scope
    return Ask(wanted, "new") if waiting else Allow()
