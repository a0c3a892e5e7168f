"""What must be true now, whatever a code or a token says: asked by every grant type, in one place."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from clients.records import Client
from consent import grants_store, policy
from consent.grants import Grant
from consent.question import Question
from consent.spaces import Space
from consent.verdicts import REFUSALS, Allow, Refuse
from idp.accounts import store as accounts
from idp.accounts.records import Status
from idp.scene import Scene
from idp.server.errors import Gone
from idp.sessions import store as sessions

_SEEN_EVERY = timedelta(minutes=1)
_SESSION_ENDED = ("session_ended", "the session of the person has ended")


def standing(db: Connection, scene: Scene, grant_id: str, person_id: str | None, now: datetime) -> Grant:
    """The grant behind a code or a token, when everything it rests on still holds. Raises Gone with the reason.

    `person_id` is None for a token that names its grant only.
    """
    grant, space = grants_store.with_space(db, grant_id)
    client = scene.clients.peek(db, grant.client_id) if grant else None
    status = accounts.status(db, grant.person_id) if grant else None
    return judge(grant, space, client, status, person_id, now)


def judge(
    grant: Grant | None,
    space: Space | None,
    client: Client | None,
    status: str | None,
    person_id: str | None,
    now: datetime,
    *,
    actor: Client | None = None,
    chain: tuple[str, ...] = (),
) -> Grant:
    """The same, over what was read. Raises Gone.

    `actor` and `chain` say who acts with a token that was given under the agreement of `client` (RFC 8693).
    A grant that waits for its consents (a pairing begun) holds: tokens exist before consents do (R158).
    """
    who = actor.client_id if actor else ""
    question = Question(now, client, grant, space, client_id=who, actor=actor, chain=chain)
    verdict = policy.decide(policy.REFRESH, question)
    if grant is None or not isinstance(verdict, Allow):
        code = verdict.code if isinstance(verdict, Refuse) else "consent_ended"
        code = "consent_ended" if code == "grant_required" else code
        raise Gone(code, REFUSALS[code].replace('"', "'"))
    if person_id is not None and grant.person_id != person_id:
        raise Gone("consent_ended", REFUSALS["consent_ended"])
    if status != Status.ACTIVE:
        raise Gone("account_locked", "the account of the person is not open")
    return grant


def session_lives(db: Connection, scene: Scene, session_id: str, now: datetime) -> None:
    """A family that lives with its session needs it open, and keeps it awake. Raises Gone."""
    session = sessions.find(db, session_id)
    if session is None:
        raise Gone(*_SESSION_ENDED)
    if session_due(session.ended_at, session.last_seen_at, session.expires_at, scene, now):
        sessions.seen(db, session_id, now)


def session_due(
    ended: datetime | None, seen: datetime | None, expires: datetime | None, scene: Scene, now: datetime
) -> bool:
    """True when the use of a session is to be written down, which is at most once a minute. Raises Gone when over."""
    if seen is None or expires is None or ended is not None or now >= expires:
        raise Gone(*_SESSION_ENDED)
    if now >= seen + scene.settings.session_idle:
        raise Gone(*_SESSION_ENDED)
    return now - seen >= _SEEN_EVERY
