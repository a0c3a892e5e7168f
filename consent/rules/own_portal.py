"""Is it the holder, in a portal of ours?"""

from consent import smart
from consent.question import Question
from consent.verdicts import Allow


def own_portal(question: Question) -> Allow | None:
    """The person's own hands need no consent of theirs; the token's scope still limits what the portal reaches."""
    if not question.own or question.wish is None:
        return None
    return allowed(smart.meet([question.wish.atom], question.ceiling))


def allowed(part: frozenset[smart.Atom]) -> Allow:
    """Yes, for that part of the type: no filter when one of the atoms has no limit."""
    if any(not atom.constraint for atom in part):
        return Allow()
    return Allow(tuple(sorted({smart.written(atom.constraint) for atom in part})))
