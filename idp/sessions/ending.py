"""A session ends, and with it what lives no longer than it: one door for sign-out, stops and changes of person."""

from datetime import datetime

from sqlalchemy import Connection

from idp.accounts import acts
from idp.scene import Scene
from idp.sessions import backchannel, participants, store
from idp.sessions.records import Because, Session
from idp.signals import emit
from idp.tokens import families


def end(
    db: Connection, scene: Scene, session_id: str, because: Because, now: datetime, address: str = ""
) -> Session | None:
    """End a session and the token families that live with it; None when it was over already."""
    session = store.end(db, session_id, because, now)
    if session is not None:
        _follow(db, scene, session, because, now, address)
    return session


def end_others(
    db: Connection, scene: Scene, person_id: str, keep: str | None, because: Because, now: datetime, address: str = ""
) -> list[Session]:
    """End every session of a person but the one to keep; gives those that it ended."""
    ended = store.end_others(db, person_id, keep, because, now)
    for session in ended:
        _follow(db, scene, session, because, now, address)
    return ended


def _follow(db: Connection, scene: Scene, session: Session, because: Because, now: datetime, address: str) -> None:
    families.end_of_session(db, session.id, because, now)
    clients = participants.of(db, session.id)
    backchannel.tell(db, scene, session, clients, now)
    if because is not Because.SECURITY:  # then it is told once for all sessions, and to more clients
        emit.session_ended(db, scene, session, clients, because, now)
    action = "session.stopped" if because is Because.STOPPED else "session.ended"
    acts.note(db, session.person_id, action, now, address=address, session_id=session.id, because=str(because))
