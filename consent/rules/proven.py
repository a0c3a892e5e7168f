"""Did the person prove who they are strongly and lately enough for this?"""

from consent.question import Question
from consent.verdicts import StepUp


def proven(question: Question) -> StepUp | None:
    """RFC 9470 §3: what the act needs, for the app to ask it of the provider."""
    need = question.need
    if need is None or need.met(question.acr, question.auth_time, question.now):
        return None
    return StepUp(need.acr, "the proof is too weak or too old", int(need.max_age.total_seconds()))
