"""The way from a password to a session, decided with values: what comes next, by which channel, what it is worth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from idp.accounts.contacts import masked
from idp.accounts.records import Person

SMS = "sms"
EMAIL = "email"


class Step(StrEnum):
    """The page that comes next."""

    PASSWORD = "password"  # noqa: S105  the name of a page
    CODE = "code"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Login:
    """A browser that gave the right password, until it gives the right code or time passes."""

    id: str
    person_id: str
    path: str
    """Where the browser goes afterwards: one of our own paths."""
    towards: str
    """The address outside that `path` may lead to without another page, or nothing."""
    newcomer: bool
    """True when the space has just been activated: the code also shows that the e-mail address is right."""
    tries: int
    created_at: datetime
    expires_at: datetime
    done_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sending:
    """A one-time code on its way to a person. The code itself is not kept."""

    id: str
    login_id: str
    channel: str
    destination: str
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """A channel by which a code may go to a person."""

    channel: str
    destination: str

    @property
    def shown(self) -> str:
        """«06 •• •• •• 01»: for someone not yet proven."""
        return masked(self.destination)


def step(login: Login | None, tries: int, now: datetime) -> Step:
    """What comes next for this browser, when it may type `tries` codes at most."""
    if login is not None and login.done_at is not None:
        return Step.DONE
    if login is None or login.ended_at is not None or now >= login.expires_at or login.tries >= tries:
        return Step.PASSWORD
    return Step.CODE


def ways(person: Person, channels: Collection[str]) -> tuple[Way, ...]:
    """The ways to send a code to a person, the usual one first: their mobile, else their e-mail address."""
    known = ((SMS, person.mobile), (EMAIL, person.email))
    return tuple(Way(channel, to) for channel, to in known if to and channel in channels)


def choose(offered: Sequence[Way], wanted: str) -> Way | None:
    """The way that the person chose, or the usual one. None when they can be reached by none."""
    return next((way for way in offered if way.channel == wanted), offered[0] if offered else None)


def wait(last: Sending | None, resend_after: timedelta, now: datetime) -> int:
    """Whole seconds before another code may be asked for."""
    if last is None:
        return 0
    return max(0, ceil((last.sent_at + resend_after - now).total_seconds()))


def proofs(channel: str) -> tuple[str, ...]:
    """RFC 8176: a password and a one-time code, so two factors; and the text message when there was one."""
    return ("pwd", "otp", "mfa", "sms") if channel == SMS else ("pwd", "otp", "mfa")
