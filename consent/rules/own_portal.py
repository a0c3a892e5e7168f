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
    filters = {_filter(atom) for atom in part}
    return Allow() if "" in filters else Allow(tuple(sorted(filters)))


def _filter(atom: smart.Atom) -> str:
    """What a resource must meet: "category=SYSTEM|CODE&_since=2026-08-20"."""
    dated = [(name, value) for name, value in (("_since", atom.since), ("_until", atom.until)) if value]
    return smart.written((*atom.constraint, *dated))
