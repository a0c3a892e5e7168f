"""Second proof: six digits sent to the person, at each connection (R030). Used once, for ten minutes, five tries."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from limits import parse
from sqlalchemy import Connection

from idp.accounts import store as accounts
from idp.accounts.marks import Marks
from idp.accounts.records import Person
from idp.login import journey, store
from idp.login.journey import Login, Sending, Way
from idp.scene import Scene
from kit.ids import new
from kit.secrets import digits
from notices.send import Address

LENGTH = 6


@dataclass(frozen=True, slots=True)
class Sent:
    """A code is on its way."""

    sending: Sending


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: another code may be asked for in some seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No channel leads to this person."""


@dataclass(frozen=True, slots=True)
class Right:
    """The code is the one that was sent; it is used up, and so is the sign-in."""

    sending: Sending


@dataclass(frozen=True, slots=True)
class Mistaken:
    """The code is not the one that was sent."""

    left: int
    """Tries left."""


@dataclass(frozen=True, slots=True)
class Old:
    """The code is too old: another one must be asked for."""


@dataclass(frozen=True, slots=True)
class Spent:
    """No try is left, or the sign-in is over: the person starts again."""

    just_now: bool
    """True for the try that was the last."""


def typed(text: str) -> str | None:
    """The six digits in `text`, spaces forgiven; None when it is not a code at all."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    return plain if re.fullmatch(rf"\d{{{LENGTH}}}", plain, re.ASCII) else None


def send(
    db: Connection, scene: Scene, login: Login, person: Person, wanted: str, now: datetime
) -> Sent | Wait | Unreachable:
    """Send a code for a sign-in, in place of the one before; it leaves once the transaction is committed."""
    settings = scene.settings
    store.lock(db, login.id)
    way = journey.choose(journey.ways(person, scene.notices.channels), wanted)
    if way is None:
        return Unreachable()
    seconds = journey.wait(store.last_sending(db, login.id), settings.otp_resend, now)
    if seconds:
        return Wait(seconds)
    rate = parse(settings.rate_code_send)
    window = timedelta(seconds=rate.get_expiry())
    if store.wasted_since(db, person.id, now - window) >= rate.amount:
        return Wait(int(window.total_seconds()))
    return Sent(_send(db, scene, login, person, way, now))


def check(db: Connection, scene: Scene, login: Login, code: str, now: datetime) -> Right | Mistaken | Old | Spent:
    """Look at six digits. Each look counts, before anything else; the right one is used up with the sign-in itself."""
    most = scene.settings.otp_tries
    tries = store.count_try(db, login.id, most, now)
    if tries is None:
        return Spent(just_now=False)
    sending = store.last_sending(db, login.id)
    if sending is not None:
        mark = Marks(scene.ground.vault).one_time(sending.id, code)
        if store.take_code(db, sending, mark, now) and store.complete(db, login.id, now):
            accounts.reached(db, login.person_id, sending.destination, now)
            return Right(sending)
    if tries >= most:
        store.end(db, login.id, now)
        return Spent(just_now=True)
    if sending is None or now >= sending.expires_at:
        return Old()
    return Mistaken(most - tries)


def _send(db: Connection, scene: Scene, login: Login, person: Person, way: Way, now: datetime) -> Sending:
    lifetime = scene.settings.otp_lifetime
    code = digits(LENGTH)
    sending = Sending(new("otc", now), login.id, way.channel, way.destination, now, now + lifetime)
    store.keep_code(db, sending, person.id, Marks(scene.ground.vault).one_time(sending.id, code))
    scene.notices.tell(
        db,
        now,
        to=Address(email=person.email, mobile=person.mobile),
        template="one_time_code",
        channel=way.channel,
        person_id=person.id,
        until=sending.expires_at,
        code=code,
        minutes=int(lifetime.total_seconds() // 60),
    )
    return sending
