"""Does the token cover this?"""

from consent import smart
from consent.question import Question, Wish
from consent.verdicts import Refuse


def ceiling(question: Question) -> Refuse | None:
    """Scope is the ceiling: the most that was ever agreed to be asked.

    A wish without a constraint passes when the token covers a part of the type; the verdict then says which part.
    """
    if question.wish is None or not reached(question.wish, question.ceiling):
        return Refuse("insufficient_scope")
    return None


def reached(wish: Wish, atoms: frozenset[smart.Atom]) -> bool:
    """True when `atoms` cover the wish, wholly if it says which resources, in part if it does not."""
    return smart.covered(wish.atom, atoms) if wish.constraint else bool(smart.meet([wish.atom], atoms))
