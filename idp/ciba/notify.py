"""The app hears that its person answered (CIBA §10.2, §10.3, §12): written with the answer, sent after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from authlib.oauth2.rfc6749 import OAuth2Error
from sqlalchemy import Connection

from clients.records import Client
from idp.ciba import modes
from idp.decoupled import redemption, store
from idp.decoupled.records import Demand, Status
from idp.scene import Scene
from idp.server.exchange import Exchange
from idp.server.ledger import Ledger
from idp.server.views import ClientView
from kit.fetch import Forbidden, Unusable
from kit.outbox import NotDelivered
from kit.seals import Seal
from kit.telemetry import events, log

DELIVERY = "idp.ciba"
LATE = "idp.ciba.late"


class Secrets(msgspec.Struct, frozen=True):
    """What the app is called back with, sealed in the request's row: poll needs none of it."""

    auth_req_id: str
    token: str


class Delivery(msgspec.Struct, frozen=True):
    """What waits in the outbox, sealed there."""

    url: str
    token: str
    body: dict[str, Any]
    until: datetime
    """From then on the app has no use for it."""


def close(scene: Scene, secrets: Secrets, demand_id: str) -> bytes:
    """Sealed for one request."""
    return _seal(scene).close(msgspec.json.encode(secrets), demand_id)


def attend(scene: Scene) -> None:
    """Have the outbox deliver. Called once, when the house is made."""

    async def deliver(payload: Mapping[str, Any]) -> None:
        await _deliver(scene, msgspec.convert(payload, Delivery))

    async def late(payload: Mapping[str, Any]) -> None:
        await scene.ground.database.work(lambda db: _late(db, scene, str(payload["demand"])))

    scene.ground.outbox.handle(DELIVERY, deliver)
    scene.ground.outbox.handle(LATE, late)


def expect(db: Connection, scene: Scene, client: Client, demand: Demand, now: datetime) -> None:
    """Nobody may answer: an app that is called back hears of that too, when the time is over."""
    if modes.mode(client) != modes.POLL:
        scene.ground.outbox.put(db, LATE, {"demand": demand.id}, now, demand.expires_at, about=client.client_id)


def answered(db: Connection, scene: Scene, client: Client, demand: Demand, now: datetime) -> None:
    """The person answered, in the present transaction. Nothing for who asks by itself."""
    if demand.extra.get("mode") == modes.PING:
        _put(db, scene, client, demand, {}, now)
    elif demand.extra.get("mode") == modes.PUSH:
        _put(db, scene, client, demand, _pushed(db, scene, client, demand, now), now)


def _late(db: Connection, scene: Scene, demand_id: str) -> None:
    now, demand = scene.ground.clock.now(), store.find(db, "ciba", demand_id)
    client = scene.clients.peek(db, demand.client_id) if demand else None
    if demand is None or client is None or demand.status is not Status.WAITING:
        return
    ping = demand.extra.get("mode") == modes.PING
    body = {} if ping else {"error": "expired_token", "error_description": "the person did not answer in time"}
    _put(db, scene, client, demand, body, now)


def _pushed(db: Connection, scene: Scene, client: Client, demand: Demand, now: datetime) -> dict[str, Any]:
    """CIBA §10.3.1: the tokens themselves, the id token saying which request and which tokens it came with."""
    if demand.status is not Status.ALLOWED:
        return {"error": "access_denied", "error_description": "the person refused"}
    exchange = Exchange(scene, now, ClientView(client), db=db, books=Ledger(db, scene, client))
    secrets = _open(scene, demand)
    try:
        redemption.taken(exchange, client, "ciba", secrets.auth_req_id)
        return redemption.redeem(exchange, client, demand, pushed=secrets.auth_req_id)
    except OAuth2Error as error:
        log.warning("ciba_not_pushed", client_id=client.client_id, error=error.error)
        return {"error": "transaction_failed", "error_description": "the tokens cannot be issued"}


def _put(db: Connection, scene: Scene, client: Client, demand: Demand, body: Mapping[str, Any], now: datetime) -> None:
    secrets = _open(scene, demand)
    delivery = Delivery(
        client.options.backchannel_client_notification_endpoint,
        secrets.token,
        {"auth_req_id": secrets.auth_req_id, **body},
        demand.expires_at + scene.settings.ciba_told,
    )
    scene.ground.outbox.put(db, DELIVERY, msgspec.to_builtins(delivery), now, about=client.client_id)


async def _deliver(scene: Scene, one: Delivery) -> None:
    """POST it. Whatever it raises means "later"; what the app answers, be it a refusal or a redirect, is final."""
    if scene.ground.clock.now() >= one.until:
        return
    headers = {"authorization": f"Bearer {one.token}"}
    try:
        answer = await scene.fetch.post(one.url, json=one.body, headers=headers)
    except (Forbidden, Unusable) as error:
        log.warning("ciba_notification_refused", error=type(error).__name__)
        return
    if answer.status >= 500 or answer.status in {408, 429}:
        raise NotDelivered(f"the notification endpoint answered {answer.status}")
    events.labels("ciba_notified" if answer.ok else "ciba_notification_refused").inc()


def _open(scene: Scene, demand: Demand) -> Secrets:
    return msgspec.json.decode(_seal(scene).open(demand.sealed or b"", demand.id), type=Secrets)


def _seal(scene: Scene) -> Seal:
    return scene.ground.vault.seal("idp: backchannel authentication")
