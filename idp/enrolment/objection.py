"""The person wants no space: no reason is asked, it is confirmed, and they may change their mind (R002, R013)."""

from datetime import datetime

from sqlalchemy import Connection

from consent import space_moves, spaces_store
from consent.spaces import State
from idp.accounts import acts
from idp.accounts import store as accounts
from idp.enrolment import activate
from idp.enrolment.records import Enrolment
from idp.scene import Scene
from notices.send import Address


def object_to(db: Connection, scene: Scene, enrolment: Enrolment, address: str, now: datetime) -> bool:
    """Record the objection; False when it was recorded before. Raises Over, and Refusal for a space that is in use.

    The provisional code stays good: whoever changes their mind comes back with the same letter.
    """
    activate.know(db, enrolment.person_id, now)
    before = spaces_store.find(db, enrolment.person_id)
    if before is not None and before.state is State.OBJECTED:
        return False
    with activate.meanwhile():
        space_moves.object_to(db, enrolment.person_id, acts.by(enrolment.person_id, acts.ACTIVATION, address), now)
    person = accounts.find(db, enrolment.person_id)
    if person is not None:
        scene.notices.tell(
            db,
            now,
            to=Address(email=person.email, mobile=person.mobile),
            template="objection_recorded",
            person_id=person.id,
        )
    return True
