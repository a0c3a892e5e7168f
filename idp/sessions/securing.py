"""An account is locked, opened again, or given another password by those who run the house: every session ends."""

from datetime import datetime

from sqlalchemy import Connection

from idp.accounts import store as accounts
from idp.accounts.records import Status
from idp.login import store as logins
from idp.scene import Scene
from idp.sessions import ending
from idp.sessions.records import Because
from idp.signals import emit


def lock(db: Connection, scene: Scene, person_id: str, now: datetime) -> bool:
    """Nobody signs in, no token of the person is good while it lasts. False when it was locked already."""
    if not accounts.set_status(db, person_id, Status.ACTIVE, Status.LOCKED):
        return False
    _close(db, scene, person_id, now, emit.act(now))
    return True


def unlock(db: Connection, person_id: str) -> bool:
    """The person signs in as before, and apps that were agreed to for longer than a session go on. False if it was."""
    return accounts.set_status(db, person_id, Status.LOCKED, Status.ACTIVE)


def change_password(db: Connection, scene: Scene, person_id: str, password_hash: str, now: datetime) -> bool:
    """Another password: whoever signed in with the former one is signed out. False when there is no account."""
    if not accounts.set_password(db, person_id, password_hash, now):
        return False
    txn = emit.act(now)
    emit.credential_changed(db, scene, person_id, "password", "update", "admin", now, txn)
    _close(db, scene, person_id, now, txn)
    return True


def _close(db: Connection, scene: Scene, person_id: str, now: datetime, txn: str) -> None:
    logins.end_of_person(db, person_id, now)
    ending.end_others(db, scene, person_id, None, Because.SECURITY, now)
    emit.all_sessions_ended(db, scene, person_id, Because.SECURITY, now, txn)
