"""Is there an open space to enter?"""

from consent.question import HOLDER_DATA, Question
from consent.spaces import State, permits
from consent.verdicts import Refuse


def open_space(question: Question) -> Refuse | None:
    """R036 to R041, the patient's side: an app acts for its patient, so only in an activated space.

    The holder signs in, and reads their journal and their agreements, at any time (R105): in a closed space too.
    """
    if question.own and (question.wish is None or question.wish.data_type in HOLDER_DATA):
        return None
    space = question.space
    if space is None:
        return Refuse("space_not_active")
    reads = question.wish is not None and question.wish.direction == "read"
    if permits(space.state, "patient", "consult" if reads else "feed"):
        return None
    return Refuse("space_closed" if space.state in {State.CLOSED, State.OBJECTED} else "space_not_active")
