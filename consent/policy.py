"""The policies: which rules answer which question, in which order. Reading these lists is reading the product."""

from collections.abc import Callable, Sequence

from consent.question import Question
from consent.rules.agreed_now import agreed_now
from consent.rules.alive import alive
from consent.rules.asking import asking
from consent.rules.belonging import belonging
from consent.rules.ceiling import ceiling
from consent.rules.detailed import detailed
from consent.rules.holding import holding
from consent.rules.open_space import open_space
from consent.rules.own_portal import own_portal
from consent.rules.paired import paired
from consent.rules.proven import proven
from consent.rules.referenced import referenced
from consent.rules.third_party import third_party
from consent.verdicts import Refuse, Verdict

Rule = Callable[[Question], Verdict | None]

CALL: tuple[Rule, ...] = (
    belonging,
    open_space,
    referenced,
    alive,
    paired,
    detailed,
    ceiling,
    proven,
    own_portal,
    agreed_now,
)
"""May this token do this, now? Asked at each call of a resource server."""

PAIRING: tuple[Rule, ...] = (belonging, third_party, open_space, referenced, alive, holding)
"""May this app set its pairing up?"""

OWN_PAIRING: tuple[Rule, ...] = (belonging, third_party, holding)
"""May this app read how its pairing stands, or let go of it? At any time, whatever became of it."""

REFRESH: tuple[Rule, ...] = (belonging, open_space, referenced, alive, holding)
"""May this app have new tokens under its grant? A grant that waits for its consents may: the pairing follows."""

AUTHORIZATION: tuple[Rule, ...] = (referenced, open_space, asking)
"""May this app be given a code, and must the person be asked first?"""


def decide(policy: Sequence[Rule], question: Question) -> Verdict:
    """The first rule that has an answer gives it; silence refuses."""
    for rule in policy:
        verdict = rule(question)
        if verdict is not None:
            return verdict
    return Refuse("access_refused")
