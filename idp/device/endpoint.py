"""POST /device_authorization (RFC 8628 §3.1): a device asks for the two codes."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients import profiles
from clients.records import Client
from idp.decoupled import asking, store
from idp.decoupled.records import DEVICE, Demand
from idp.device import codes
from idp.device.grant import DeviceCode
from idp.scene import Scene
from idp.server import bridge
from idp.server.bridge import TOO_MANY, Come
from idp.server.call import Reply
from kit.http import client_address
from kit.ids import new
from kit.limits import network_of
from kit.problems import Refusal
from kit.secrets import issue

PATH = "/device_authorization"
PAGE = "/device"
_TRIES = 5


async def device_authorization(request: Request) -> Response:
    """Throttled by address: each request is a row, and one more code that can be guessed."""
    scene: Scene = request.app.state.idp
    network = network_of(client_address(request))
    if not await scene.ground.limits.allow("device requests", network, scene.settings.rate_device_requests):
        return TOO_MANY.to_response()
    come = await bridge.come(request)
    if isinstance(come, Reply):
        return come.to_response()
    try:
        demand = _asked(scene, come)
        body = await scene.ground.database.work(lambda db: _begin(db, scene, demand))
    except Refusal as refusal:
        return asking.reply(refusal).to_response()
    return Reply(200, body, ()).to_response()


def _asked(scene: Scene, come: Come) -> Demand:
    """Raises Refusal."""
    client, now = come.client, come.now
    _may(client)
    return Demand(
        id=new("dmd", now),
        kind=DEVICE,
        client_id=client.client_id,
        asked=asking.read(come.call.payload.datalist, client, (scene.issuer, *scene.resources)),
        person_id=None,
        address=come.call.address,
        interval=int(scene.settings.poll_interval.total_seconds()),
        family_id=new("fam", now),
        created_at=now,
        expires_at=now + scene.settings.device_lifetime,
    )


def _begin(db: Connection, scene: Scene, demand: Demand) -> dict[str, Any]:
    value, page = issue("dc"), f"{scene.issuer}{PAGE}"
    user_code = _keep(db, scene, demand, value)
    return {
        "device_code": value,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": int(scene.settings.device_lifetime.total_seconds()),
        "interval": demand.interval,
    }


def _may(client: Client) -> None:
    """Public clients may. Not those of a profile whose requests come by PAR and end in the browser that began them.

    Who is made to type a code has begun nothing (RFC 8628 §5.4). Raises Refusal.
    """
    if DeviceCode.GRANT_TYPE not in client.grant_types:
        raise Refusal("unauthorized_client", "this client may not use the device authorization grant")
    if profiles.of(client).pushed:
        raise Refusal("unauthorized_client", "the profile of this client knows no device authorization grant")


def _keep(db: Connection, scene: Scene, demand: Demand, value: str) -> str:
    vault = scene.ground.vault
    for _ in range(_TRIES):
        code = codes.fresh()
        kept = replace(demand, sealed=codes.close(vault, code, demand.id))
        if store.add(db, kept, value, codes.mark(vault, code)):
            return codes.shown(code)
    raise Refusal("temporarily_unavailable", "no code is free: try again", status=503)
