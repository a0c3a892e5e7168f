"""`/pairings`: the app sets its pairing up with its access token, sees how it stands, and ends it (R158 to R160)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from consent import actors, decisions, pairings, policy
from consent.api.answers import fields, found, instant
from consent.grants import Because, Grant, Status, told
from consent.scene import Scene
from kit.guard import AccessClaims
from kit.http import client_address
from kit.problems import Refusal


async def create(scene: Scene, request: Request) -> Response:
    """POST /pairings: 201 with the page where the person gives their consents, 200 when the pairing was there."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    await scene.ground.limits.demand("pairings", claims.grant_id or claims.client_id, scene.settings.pairing_rate)
    said = await fields(request)

    def unit(db: Connection) -> tuple[Grant, bool]:
        grant, client = scene.access.grant(db, claims, policy.PAIRING, now)
        wanted = pairings.read(said, client)
        return pairings.set_up(db, scene.ground.vault, grant, client, wanted, now, client_address(request))

    grant, made = await scene.ground.database.work(unit)
    headers = {"location": f"{scene.ground.issuer}/pairings/{grant.pairing_id}"}
    return found(_card(scene, grant, now), status=201 if made else 200, headers=headers)


async def one(scene: Scene, request: Request) -> Response:
    """GET /pairings/{pairing}: how the agreement stands, also when it is paused or over."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    grant = await scene.ground.database.read(lambda db: _theirs(db, scene, request, claims, now))
    return found(_card(scene, grant, now))


async def end(scene: Scene, request: Request) -> Response:
    """DELETE /pairings/{pairing}: the app lets go. 204, also when it was over already."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()

    def unit(db: Connection) -> None:
        grant = _theirs(db, scene, request, claims, now)
        client = scene.clients.peek(db, grant.client_id)
        name = client.name if client else grant.client_id
        by = actors.app(grant.client_id, name, address=client_address(request))
        decisions.end(db, scene, grant, by, now, Because.APP_UNPAIRED)

    await scene.ground.database.work(unit)
    return Response(status_code=204, headers={"cache-control": "no-store"})


def _theirs(db: Connection, scene: Scene, request: Request, claims: AccessClaims, now: datetime) -> Grant:
    """The grant of the token, when it is the one of this pairing. Raises Refusal."""
    grant, _ = scene.access.grant(db, claims, policy.OWN_PAIRING, now)
    if grant.pairing_id is None or grant.pairing_id != request.path_params["pairing"]:
        raise Refusal("pairing_unknown", "this access token has no such pairing", status=404)
    return grant


def _card(scene: Scene, grant: Grant, now: datetime) -> dict[str, Any]:
    return {
        "pairing_id": grant.pairing_id,
        "grant_id": grant.id,
        "status": str(told(grant, now)),
        "version": grant.version,
        "consents": sorted(grant.consents),
        "since": instant(grant.since),
        "until": instant(grant.until),
        "ended_because": None if grant.ended_because is None else str(grant.ended_because),
        "consents_uri": None
        if grant.status is Status.ENDED
        else f"{scene.ground.issuer}/pairings/{grant.pairing_id}/consents",
    }
