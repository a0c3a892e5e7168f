"""What must be true now, whatever a code or a token says: asked by every grant type, in one place."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from consent import grants, grants_store
from consent.grants import Grant, Standing
from consent.spaces import State
from idp.accounts import store as accounts
from idp.accounts.records import Status
from idp.scene import Scene
from idp.server.errors import Gone
from idp.sessions import store as sessions
from idp.sessions.records import alive

_SEEN_EVERY = timedelta(minutes=1)

_REASONS = {
    Standing.PAUSED: ("consent_paused", "the person paused the link with this app"),
    Standing.EXPIRED: ("consent_expired", "the agreement of the person has expired"),
    Standing.ENDED: ("consent_ended", "the person stopped the link with this app"),
}


def standing(db: Connection, scene: Scene, grant_id: str, person_id: str, now: datetime) -> Grant:
    """The grant behind a code or a token, when everything it rests on still holds. Raises Gone with the reason."""
    grant = by_grant(db, scene, grant_id, now)
    if grant.person_id != person_id:
        raise Gone(*_REASONS[Standing.ENDED])
    return grant


def by_grant(db: Connection, scene: Scene, grant_id: str, now: datetime) -> Grant:
    """The same, for a token that names its grant only. Raises Gone.

    A grant that waits for its consents (a pairing begun) holds: tokens exist before consents do (R158).
    """
    grant, space = grants_store.with_space(db, grant_id)
    if grant is None:
        raise Gone(*_REASONS[Standing.ENDED])
    client = scene.clients.peek(db, grant.client_id)
    if client is None or not client.may_exchange:
        raise Gone("client_suspended", "this app may not exchange data now")
    reason = _REASONS.get(grants.standing(grant, now))
    if reason is not None:
        raise Gone(*reason)
    if space is None or space.state is not State.ACTIVATED:
        raise Gone("space_closed", "the space of the person is not open")
    if accounts.status(db, grant.person_id) is not Status.ACTIVE:
        raise Gone("account_locked", "the account of the person is not open")
    return grant


def session_lives(db: Connection, scene: Scene, session_id: str, now: datetime) -> None:
    """A family that lives with its session needs it open, and keeps it awake. Raises Gone."""
    session = sessions.find(db, session_id)
    if session is None or not alive(session, scene.settings.session_idle, now):
        raise Gone("session_ended", "the session of the person has ended")
    if now - session.last_seen_at >= _SEEN_EVERY:
        sessions.seen(db, session_id, now)
