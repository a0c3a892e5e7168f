"""The second proof was right: a session begins, and whoever should know of it does."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.accounts import acts
from idp.accounts import store as accounts
from idp.accounts.records import Status
from idp.login import journey
from idp.login.journey import Login, Sending
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.browser import Begun, Visitor
from kit.problems import Refusal
from notices.send import Address


@dataclass(frozen=True, slots=True)
class Finished:
    """What the browser takes away."""

    begun: Begun
    device_secret: str


def finish(
    db: Connection, scene: Scene, who: Visitor, login: Login, sending: Sending, address: str, now: datetime
) -> Finished:
    """Begin the session; a device that the person never used before is told to them. Raises Refusal when locked."""
    person = accounts.find(db, login.person_id)
    if person is None or accounts.status(db, login.person_id) is not Status.ACTIVE:
        raise Refusal("account_locked", "the account is not open", status=403)
    amr = journey.proofs(sending.channel)
    begun = browser.begin(db, scene, who, person.id, scene.settings.acr_password_otp, amr, now)
    known, device_secret = browser.recognise(db, who, person.id, now)
    acts.note(db, person.id, "session.started", now, address=address, session_id=begun.session.id)
    if not known and not login.newcomer:
        scene.notices.tell(
            db,
            now,
            to=Address(email=person.email, mobile=person.mobile),
            template="new_sign_in",
            person_id=person.id,
            at=now,
            device=who.device,
        )
    return Finished(begun, device_secret)
