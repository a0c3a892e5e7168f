"""What happened, told to the streams that it concerns, in the very transaction in which it happened.

Only about people who have an agreement with the client: a stream says nothing of anybody else. What one act leads to
has one `txn` in every stream (RFC 8417 §2.2).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent import grants_store
from consent.grants import Grant
from idp.accounts import store as accounts
from idp.protocol import subjects as names
from idp.scene import Scene
from idp.sessions.records import Because, Session
from idp.signals import events, queue, streams, subjects
from idp.signals.streams import Method, Status, Stream
from kit.ids import new

PUSH = "signals.push"
"""Deliveries of the outbox: "push what waits in that stream"."""


def act(now: datetime) -> str:
    """The name of an act that leads to several events: their `txn`."""
    return new("txn", now)


def session_ended(
    db: Connection, scene: Scene, session: Session, clients: Collection[str], because: Because, now: datetime
) -> None:
    """To the clients that took part in the session: nobody else learns when a person comes and goes."""
    _tell(
        db,
        scene,
        session.person_id,
        events.SESSION_REVOKED,
        events.session_revoked(because, now),
        now,
        among=clients,
        session_id=session.id,
    )


def all_sessions_ended(
    db: Connection, scene: Scene, person_id: str, because: Because, now: datetime, txn: str | None = None
) -> None:
    """Whatever the person has open anywhere is over: to every client that they have an agreement with."""
    _tell(db, scene, person_id, events.SESSION_REVOKED, events.session_revoked(because, now), now, txn=txn)


def assurance_changed(
    db: Connection, scene: Scene, before: Session, after: Session, clients: Collection[str], now: datetime
) -> None:
    """The same session is worth more, or less, than before: to the clients that took part in it."""
    if before.acr != after.acr:
        said = events.assurance_level_change(before.acr, after.acr, scene.issuer, now)
        kind = events.ASSURANCE_LEVEL_CHANGE
        _tell(db, scene, before.person_id, kind, said, now, among=clients, session_id=before.id)


def credential_changed(
    db: Connection, scene: Scene, person_id: str, kind: str, change: str, entity: str, now: datetime, txn: str
) -> None:
    """What a person signs in with changed: to every client that they have an agreement with."""
    said = events.credential_change(kind, change, entity, now)
    _tell(db, scene, person_id, events.CREDENTIAL_CHANGE, said, now, txn=txn)


def grant_changed(db: Connection, scene: Scene, before: Grant, after: Grant, now: datetime) -> None:
    """What a person agreed with a client, to that client alone; not that its ceiling rose: it asked for that itself."""
    same = ("status", "consents", "until", "ended_because")
    if all(getattr(before, name) == getattr(after, name) for name in same):
        return
    kind, said = events.grant_changed(after, now)
    for stream in streams.of_clients(db, [after.client_id]):
        _add(db, scene, stream, after, kind, said, now, act(now))


def about_stream(
    db: Connection, scene: Scene, stream: Stream, kind: str, said: Mapping[str, Any], now: datetime
) -> None:
    """About the stream itself: told whatever was asked for."""
    _wait(db, scene, stream, {"sub_id": subjects.of_stream(stream.id), "events": {kind: dict(said)}}, now)


def stop(db: Connection, scene: Scene, stream: Stream, status: Status, reason: str, now: datetime) -> None:
    """The house itself changes the status of a stream: its receiver is told (SSF 1.0 §8.1.5)."""
    if status is Status.DISABLED:
        queue.forget(db, stream.id)
    said = events.stream_updated(str(status), reason)
    about_stream(db, scene, stream, events.STREAM_UPDATED, said, now)
    changed = streams.change(db, stream.id, {"status": status, "reason": reason, "failures": 0}, now)
    if changed is not None and status is Status.ENABLED:
        push(db, scene, changed, now)


def push(db: Connection, scene: Scene, stream: Stream, now: datetime, due: datetime | None = None) -> None:
    """Have what waits pushed, when the stream is one that is pushed to now."""
    if stream.method is Method.PUSH and stream.status is Status.ENABLED:
        payload = {"stream": stream.id, "delivery": new("psh", now)}
        scene.ground.outbox.put(db, PUSH, payload, now, due=due, about=stream.client_id)


def _tell(
    db: Connection,
    scene: Scene,
    person_id: str,
    kind: str,
    said: Mapping[str, Any],
    now: datetime,
    *,
    among: Collection[str] | None = None,
    session_id: str | None = None,
    txn: str | None = None,
) -> None:
    agreed = {grant.client_id: grant for grant in grants_store.alive_of_person(db, person_id)}
    concerned = [client_id for client_id in agreed if among is None or client_id in among]
    txn = txn or act(now)
    for stream in streams.of_clients(db, concerned):
        _add(db, scene, stream, agreed[stream.client_id], kind, said, now, txn, session_id)


def _add(
    db: Connection,
    scene: Scene,
    stream: Stream,
    grant: Grant,
    kind: str,
    said: Mapping[str, Any],
    now: datetime,
    txn: str,
    session_id: str | None = None,
) -> None:
    client = scene.clients.peek(db, stream.client_id)
    if client is None or not client.may_exchange or kind not in stream.delivered:
        return
    profile = accounts.claims(db, grant.person_id)
    email = profile.email if profile and "email" in grant.scope else None
    who = subjects.Named(scene.issuer, names.of(scene.subject_key, client, grant.person_id), email)
    if streams.leaves_out(db, stream.id, who.marks()):
        return
    sub_id = who.sub_id(stream.format, session_id)
    _wait(db, scene, stream, {"txn": txn, "sub_id": sub_id, "events": {kind: dict(said)}}, now)


def _wait(db: Connection, scene: Scene, stream: Stream, claims: Mapping[str, Any], now: datetime) -> None:
    if stream.status is Status.DISABLED:
        return
    queue.add(db, stream.id, claims, now, scene.settings.signals_kept)
    push(db, scene, stream, now)
