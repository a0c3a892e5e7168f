"""The person answers: what they agreed to is kept for the app to take, and written in their journal."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from clients.records import Client
from consent import entries, journal
from consent.actors import Actor
from idp.decoupled import store
from idp.decoupled.records import Demand
from idp.scene import Scene
from idp.sessions.records import Session
from idp.web import agreements
from kit.problems import Refusal

OVER = "demand_over"
"""The refusal of an answer that comes after another one."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person ticked."""

    scope: frozenset[str]
    consents: frozenset[str] = frozenset()
    duration: str = ""
    offered: frozenset[str] = frozenset()
    """The words that they could leave out."""


def allow(
    db: Connection,
    scene: Scene,
    client: Client,
    demand: Demand,
    session: Session,
    by: Actor,
    choices: Choices,
    now: datetime,
) -> Demand:
    """Agree. Raises Refusal(404) when the request was answered meanwhile: nothing is agreed then."""
    grant = agreements.accept(
        db,
        scene,
        client,
        demand.asked,
        by,
        chosen=choices.scope,
        consents=choices.consents,
        duration=choices.duration,
        now=now,
        offered=choices.offered,
    )
    given = agreements.record(scene, client, demand.asked, session, grant, now)
    after = store.allow(db, demand, given, now)
    if after is None:
        raise _over()
    _note(db, client, after, by, "request.allowed", now)
    return after


def refuse(db: Connection, client: Client, demand: Demand, by: Actor, now: datetime) -> Demand:
    """Say no. Raises Refusal(404)."""
    after = store.refuse(db, demand, by.id, now)
    if after is None:
        raise _over()
    _note(db, client, after, by, "request.refused", now)
    return after


def _over() -> Refusal:
    return Refusal(OVER, "this request is over: start again from the app", status=404)


def _note(db: Connection, client: Client, demand: Demand, by: Actor, action: str, now: datetime) -> None:
    """The person finds it in their history, also when nothing new was agreed."""
    line = entries.entry_of(
        by.id,
        by,
        now,
        action,
        object_kind="Grant",
        object_ids=(demand.grant_id,) if demand.grant_id else (),
        count=int(demand.grant_id is not None),
        client_id=client.client_id,
        client_name=client.name,
        grant_id=demand.grant_id,
    )
    journal.record(db, line)
