"""What is done to grants: each verb moves the grant once, writes a line in the journal, tells those who follow."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from clients.records import Client
from consent import actors, days, entries, grants, grants_store, journal, scopes
from consent.actors import SYSTEM, Actor
from consent.grants import Because, Grant, Standing, Status, standing
from consent.scene import Scene
from kit.periods import Period
from kit.problems import Refusal

_TRIES = 5


def open_grant(
    db: Connection,
    scene: Scene,
    person_id: str,
    client: Client,
    scope: frozenset[str],
    now: datetime,
    by: Actor | None = None,
    *,
    settled: bool = False,
    details: tuple[Mapping[str, Any], ...] | None = None,
) -> Grant:
    """The living grant of a person and an app, opened when there is none, its ceiling raised when `scope` asks more.

    A portal of ours has its grant active at once; so has, when `settled`, an app that asks who the person is and no
    health data: there are no consents to wait for. Of many at the same time one opens it and the others find it.
    `details` limit a grant that is opened; those of one that is found stay.
    """
    actor, scope = by or actors.app(client.client_id, client.name), scope - scopes.MANAGEMENT
    for _ in range(_TRIES):
        known = grants_store.between(db, person_id, client.client_id)
        if known is not None and standing(known, now) is Standing.EXPIRED:
            _moved(db, scene, known, grants.end(known, Because.EXPIRED, now), SYSTEM, now, "grant.expired")
            continue
        if known is None:
            fresh = grants.opened(
                person_id,
                client.client_id,
                scope,
                now,
                purpose=client.purpose,
                own=client.first_party or settled,
                details=details,
            )
            if grants_store.insert(db, fresh, actor):
                if not client.first_party:
                    _write(db, scene, fresh, actor, now, "grant.opened")
                return fresh
            continue
        if not scopes.beyond(scope, known.scope):
            return known
        wider = grants.widen(known, scopes.union(known.scope, scope), now)
        if _moved(db, scene, known, wider, actor, now, "" if client.first_party else "grant.widened"):
            return wider
    raise _conflict()


def agree(
    db: Connection, scene: Scene, grant: Grant, consents: Collection[str], duration: str, by: Actor, now: datetime
) -> Grant:
    """The person gives their consents (R156, R160). Raises Refusal, also "version_conflict" (409)."""
    client = _client(db, scene, grant)
    after = grants.agree(grant, consents, duration, now, scopes.possible(grant.scope, client.consents))
    return _move(db, scene, grant, after, by, now, "grant.agreed")


def limit(
    db: Connection,
    scene: Scene,
    grant: Grant,
    details: tuple[Mapping[str, Any], ...] | None,
    by: Actor,
    now: datetime,
) -> Grant:
    """The person accepted other limits than before, and no consent with them. Raises Refusal."""
    if grant.details == details:
        return grant
    return _move(db, scene, grant, grants.limit(grant, details, now), by, now, "")


def decline(
    db: Connection,
    scene: Scene,
    grant: Grant,
    offered: frozenset[str],
    chosen: frozenset[str],
    by: Actor,
    now: datetime,
) -> Grant:
    """Remember what the person left out of what they were offered, so that they are not asked for it each time."""
    declined = (grant.declined | offered) - chosen
    if declined == grant.declined and not declined & grant.scope:
        return grant
    return _move(db, scene, grant, grants.decline(grant, declined, now), by, now, "")


def reset(
    db: Connection,
    scene: Scene,
    grant: Grant,
    scope: frozenset[str],
    details: tuple[Mapping[str, Any], ...] | None,
    by: Actor,
    now: datetime,
) -> Grant:
    """The person accepted a request that replaces the ones before, without any data. Raises Refusal."""
    return _move(db, scene, grant, grants.reset(grant, scope, details, now), by, now, "grant.amended")


def possible(db: Connection, scene: Scene, grant: Grant) -> frozenset[str]:
    """What may be agreed under this grant at present. Raises Refusal."""
    return scopes.possible(grant.scope, _client(db, scene, grant).consents)


def refuse(db: Connection, scene: Scene, grant: Grant, by: Actor, now: datetime) -> Grant:
    """The person says no. A request without any agreement ends; an agreement that was there before stays as it was."""
    if grant.status is Status.PENDING:
        return _move(db, scene, grant, grants.end(grant, Because.REFUSED, now), by, now, "grant.refused")
    _write(db, scene, grant, by, now, "grant.refused")
    return grant


def amend(
    db: Connection,
    scene: Scene,
    grant: Grant,
    consents: Collection[str],
    duration: str | None,
    by: Actor,
    now: datetime,
) -> Grant:
    """The person changes what is agreed; never beyond the grant's ceiling nor the catalogue. Raises Refusal."""
    client = _client(db, scene, grant)
    after = grants.amend(grant, consents, duration, now, scopes.possible(grant.scope, client.consents))
    return _move(db, scene, grant, after, by, now, "grant.amended")


def pause(db: Connection, scene: Scene, grant: Grant, by: Actor, now: datetime) -> Grant:
    """The person suspends the link for a while. Raises Refusal."""
    return _move(db, scene, grant, grants.pause(grant, now), by, now, "grant.paused")


def resume(db: Connection, scene: Scene, grant: Grant, by: Actor, now: datetime) -> Grant:
    """The person takes the link up again. Raises Refusal."""
    return _move(db, scene, grant, grants.resume(grant, now), by, now, "grant.resumed")


def end(
    db: Connection,
    scene: Scene,
    grant: Grant,
    by: Actor,
    now: datetime,
    because: Because = Because.WITHDRAWN,
    *,
    exactly: bool = False,
) -> Grant:
    """The link is over. Ending what has ended changes nothing.

    What was changed meanwhile is ended all the same, unless it must be `exactly` as it was seen: the one who stops an
    app does not have to read it again. Raises Refusal("version_conflict").
    """
    for _ in range(1 if exactly else _TRIES):
        if grant.status is Status.ENDED:
            return grant
        over = standing(grant, now) is Standing.EXPIRED
        after = grants.end(grant, Because.EXPIRED if over else because, now)
        if _moved(db, scene, grant, after, SYSTEM if over else by, now, "grant.expired" if over else "grant.ended"):
            return after
        grant = grants_store.find(db, grant.id) or grant
    raise _conflict()


def end_all(db: Connection, scene: Scene, person_id: str, by: Actor, now: datetime, because: Because) -> int:
    """Every link of a person with the apps of others is over: their space closes. Gives how many there were."""
    ended = 0
    for grant in grants_store.alive_of_person(db, person_id):
        client = scene.clients.peek(db, grant.client_id)
        if client is None or not client.first_party:
            end(db, scene, grant, by, now, because)
            ended += 1
    return ended


def end_of_client(db: Connection, scene: Scene, client_id: str, now: datetime, limit: int = 200) -> int:
    """Some links of an app that left the catalogue; call again until it gives 0."""
    found = grants_store.alive_of_client(db, client_id, limit)
    for grant in sorted(found, key=lambda one: one.person_id):
        end(db, scene, grant, SYSTEM, now, Because.CLIENT_DELISTED)
    return len(found)


def expire_due(db: Connection, scene: Scene, now: datetime, limit: int = 200) -> int:
    """Write down that some grants are over, and some requests forgotten; call again until it gives 0.

    Nothing waits for this: a grant past its end is refused at once. People are taken in order, so that two sweeps never
    wait for each other's journals.
    """
    forgotten = Period.parse(scene.settings.pending_lifetime).before(now)
    found = grants_store.due(db, now, forgotten, limit)
    for grant in sorted(found, key=lambda one: one.person_id):
        action = "grant.forgotten" if grant.status is Status.PENDING else "grant.expired"
        _moved(db, scene, grant, grants.end(grant, Because.EXPIRED, now), SYSTEM, now, action)
    return len(found)


def forget_counters(db: Connection, scene: Scene, now: datetime, limit: int = 500) -> int:
    """Remove some counters that nobody is shown any more; call again until it gives 0."""
    return days.forget(db, Period.parse(scene.settings.days_kept).before(now).date(), limit)


def _move(db: Connection, scene: Scene, before: Grant, after: Grant, by: Actor, now: datetime, action: str) -> Grant:
    if not _moved(db, scene, before, after, by, now, action):
        raise _conflict()
    return after


def _moved(db: Connection, scene: Scene, before: Grant, after: Grant, by: Actor, now: datetime, action: str) -> bool:
    if not grants_store.move(db, before, after, by, now):
        return False
    if action:
        _write(db, scene, after, by, now, action)
    for told in scene.on_change:
        told(db, before, after, now)
    return True


def _write(db: Connection, scene: Scene, grant: Grant, by: Actor, now: datetime, action: str) -> None:
    client = scene.clients.peek(db, grant.client_id)
    line = entries.entry_of(
        grant.person_id,
        by,
        now,
        action,
        object_kind="Grant",
        object_ids=(grant.id,),
        count=1,
        because=str(grant.ended_because or ""),
        client_id=grant.client_id,
        client_name=client.name if client else grant.client_id,
        grant_id=grant.id,
    )
    journal.record(db, line)


def _client(db: Connection, scene: Scene, grant: Grant) -> Client:
    client = scene.clients.peek(db, grant.client_id)
    if client is None or not client.may_exchange:
        raise Refusal("client_suspended", "this app may not exchange data at present", status=409)
    return client


def _conflict() -> Refusal:
    return Refusal("version_conflict", "the grant was changed meanwhile: read it again", status=409)
