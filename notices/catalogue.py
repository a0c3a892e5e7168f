"""Every notice there is: by which channels it may go, in order of preference, and what its wording needs."""

from collections.abc import Mapping
from dataclasses import dataclass

EMAIL = "email"
SMS = "sms"


@dataclass(frozen=True, slots=True)
class Kind:
    """One notice. A card holds exactly its `needs`, and what it likes of its `may`: anything else is refused."""

    channels: tuple[str, ...]
    needs: frozenset[str]
    may: frozenset[str] = frozenset()


def _kind(channels: tuple[str, ...], needs: str = "", may: str = "") -> Kind:
    return Kind(channels, frozenset(needs.split()), frozenset(may.split()))


KINDS: Mapping[str, Kind] = {
    "one_time_code": _kind((SMS, EMAIL), "code", "minutes"),
    "activation_done": _kind((EMAIL,), may="name"),
    "objection_recorded": _kind((EMAIL, SMS)),
    "request_waiting": _kind((SMS, EMAIL)),
    "new_sign_in": _kind((EMAIL,), "at device"),
    "grant_agreed": _kind((EMAIL,), "app ends"),
    "grant_changed": _kind((EMAIL,), "app", "paused"),
    "grant_ended": _kind((EMAIL,), "app", "because"),
    "token_reuse": _kind((EMAIL,), "app", "at"),
}
"""R111. A text message shows on a locked screen: the few that may go that way have nothing of health in their card.

The name of an app can tell an illness, so it goes to the person's own mailbox and nowhere else.
"""
