"""Does the token cover this?"""

from consent import scopes, smart
from consent.grants import Grant
from consent.question import Question, Wish
from consent.verdicts import Refuse


def ceiling(question: Question) -> Refuse | None:
    """Scope is the ceiling: the most that was ever agreed to be asked.

    A wish without a constraint passes when the token covers a part of the type; the verdict then says which part.
    A token made smaller because the person said no is refused for that: asking for the scope again would not help.
    """
    wish, grant = question.wish, question.grant
    if wish is not None and reached(wish, question.ceiling):
        return None
    if wish is not None and grant is not None and _declined(question, wish, grant):
        return Refuse("consent_missing")
    return Refuse("insufficient_scope")


def _declined(question: Question, wish: Wish, grant: Grant) -> bool:
    """True when the app asked for this, the person decided, and it is not among what they agreed to."""
    asked = reached(wish, scopes.expand(grant.scope, question.allowed))
    return asked and bool(grant.consents) and wish.consent not in grant.consents


def reached(wish: Wish, atoms: frozenset[smart.Atom]) -> bool:
    """True when `atoms` cover the wish, wholly if it says which resources, in part if it does not."""
    return smart.covered(wish.atom, atoms) if wish.constraint else bool(smart.meet([wish.atom], atoms))
