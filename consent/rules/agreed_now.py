"""Does the person agree to this, now?"""

from consent import scopes, smart
from consent.question import Question
from consent.rules.ceiling import reached
from consent.rules.own_portal import allowed
from consent.verdicts import Allow, Refuse


def agreed_now(question: Question) -> Allow | Refuse:
    """Live consent is the floor (R156, R162): this data type, this direction, agreed by the person and the catalogue.

    What is allowed is what both the token and the consent cover. An app that the person only told who they are is sent
    to its pairing (R158).
    """
    wish, grant = question.wish, question.grant
    if grant is not None and not grant.consents:
        return Refuse("pairing_required")
    if wish is None or grant is None or wish.consent not in grant.consents & question.allowed:
        return Refuse("consent_missing")
    floor = smart.meet(question.ceiling, scopes.data_atoms(scopes.CONSENTS.get(wish.consent, frozenset())))
    if not reached(wish, floor):
        return Refuse("consent_missing")
    return allowed(smart.meet([wish.atom], floor))
