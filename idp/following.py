"""What follows from a change of a grant, in its own transaction: the person is told.

Its tokens need no change: each of them asks at each use what its grant is worth, and an app that comes with one is told
why it is refused (`idp.server.floor`, `consent.policy`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent.grants import Grant, Status
from consent.scene import Told
from idp.accounts import store as accounts
from idp.scene import Scene
from idp.signals import emit
from notices.send import Address


def follow(scene: Scene) -> Told:
    """The function to add to `consent.scene.Scene.on_change`."""

    def told(db: Connection, before: Grant, after: Grant, now: datetime) -> None:
        _tell(db, scene, before, after, now)
        emit.grant_changed(db, scene, before, after, now)

    return told


def _tell(db: Connection, scene: Scene, before: Grant, after: Grant, now: datetime) -> None:
    client = scene.clients.peek(db, after.client_id)
    if client is None or client.first_party:
        return
    notice = _notice(before, after)
    profile = accounts.claims(db, after.person_id) if notice else None
    if notice is None or profile is None:
        return
    template, card = notice
    scene.notices.tell(
        db,
        now,
        to=Address(email=profile.email, mobile=profile.phone_number),
        template=template,
        person_id=after.person_id,
        app=client.name,
        **card,
    )


def _notice(before: Grant, after: Grant) -> tuple[str, dict[str, Any]] | None:
    """Which notice a change deserves; none for a request that came to nothing, or for a ceiling that rose alone."""
    if after.status is Status.ENDED:
        return None if before.status is Status.PENDING else ("grant_ended", {"because": str(after.ended_because)})
    if before.status is Status.PENDING and after.status is Status.ACTIVE and after.until is not None:
        return "grant_agreed", {"ends": after.until}
    if after.status is Status.PAUSED:
        return "grant_changed", {"paused": True}
    if (before.consents, before.until, before.status) != (after.consents, after.until, after.status):
        return "grant_changed", {}
    return None
