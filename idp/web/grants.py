"""The Grant Management API: an app asks how its agreement with a person stands, and lets go of it (draft 03 §6).

A token of the app's own, about no person, is good for each of its agreements; a person's token for its own agreement.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from consent import actors, decisions, grants, grants_store, scopes, smart
from consent.grants import Because, Grant, Standing
from idp.protocol import ceiling, claims
from idp.protocol.grant_management import QUERY_SCOPE, REVOKE_SCOPE
from idp.scene import Scene
from idp.tokens import liveness
from kit.guard import AccessClaims
from kit.http import NO_STORE, client_address, json_response
from kit.problems import Refusal

_OVER = {Standing.EXPIRED, Standing.ENDED}


async def query(request: Request) -> Response:
    """GET /grants/{grant}: what is agreed now (§6.4)."""
    scene: Scene = request.app.state.idp
    try:
        said, client, now = await _caller(scene, request, QUERY_SCOPE)

        def unit(db: Connection) -> dict[str, Any]:
            return _told(_theirs(db, said, request, now), client, scene.resources)

        return json_response(await scene.ground.database.read(unit), store=False)
    except Refusal as refusal:
        return _refused(scene, request, refusal)


async def revoke(request: Request) -> Response:
    """DELETE /grants/{grant}: over, as when the person stops it, but by the app (§6.5)."""
    scene: Scene = request.app.state.idp
    try:
        said, client, now = await _caller(scene, request, REVOKE_SCOPE)
        by = actors.app(client.client_id, client.name, address=client_address(request))

        def unit(db: Connection) -> None:
            decisions.end(db, scene.consent, _theirs(db, said, request, now), by, now, Because.APP_UNPAIRED)

        await scene.ground.database.work(unit)
    except Refusal as refusal:
        return _refused(scene, request, refusal)
    return Response(status_code=204, headers=NO_STORE)


async def unnamed(request: Request) -> Response:
    """GET or DELETE /grants: the address that the metadata give, to which the grant is still to be added."""
    scene: Scene = request.app.state.idp
    try:
        await _caller(scene, request, QUERY_SCOPE if request.method != "DELETE" else REVOKE_SCOPE)
    except Refusal as refusal:
        return _refused(scene, request, refusal)
    return _refused(scene, request, Refusal("invalid_request", "the grant is named in the path: /grants/{grant_id}"))


async def _caller(scene: Scene, request: Request, scope: str) -> tuple[AccessClaims, Client, datetime]:
    """The client of a token of its own that is good for this. Raises Refusal: 401, 403."""
    await scene.ring.keep_fresh()
    said, now = await scene.tokens.admit(request), scene.ground.clock.now()
    await scene.ground.database.read(lambda db: liveness.check(db, said, now))
    client = await scene.clients.get(said.client_id)
    if scope not in said.scope:
        challenge = f'Bearer realm="espace", error="insufficient_scope", scope="{scope}"'
        what = f"a token with the scope {scope} is needed"
        raise Refusal("insufficient_scope", what, status=403, headers={"www-authenticate": challenge})
    if client is None or client.public or not client.may_exchange:
        raise Refusal("client_suspended", "this client may not exchange data now", status=403)
    return said, client, now


def _theirs(db: Connection, said: AccessClaims, request: Request, now: datetime) -> Grant:
    """The grant, when it is this client's and not over. Raises Refusal(404), the same for every other."""
    grant = grants_store.find(db, request.path_params["grant"])
    named = grant is not None and said.grant_id in {None, grant.id} and grant.client_id == said.client_id
    if grant is None or not named or grants.standing(grant, now) in _OVER:
        raise Refusal("grant_unknown", "there is no such grant", status=404)
    return grant


def _told(grant: Grant, client: Client, resources: tuple[str, ...]) -> dict[str, Any]:
    """§6.4: what is agreed now. Nothing of who the person is, and no token."""
    scope = ceiling.granted(grant.scope, client, grant.consents, waiting=False) - scopes.MANAGEMENT
    data = frozenset(word for word in scope if smart.looks_smart(word))
    parts: list[dict[str, Any]] = [{"scope": " ".join(sorted(scope - data))}] if scope - data else []
    if data:
        parts.append({"scope": " ".join(sorted(data)), "resources": list(resources)})
    return {
        "scopes": parts,
        "claims": sorted(claims.of_scopes(scope)),
        "authorization_details": list(grant.details or ()),
    }


def _refused(scene: Scene, request: Request, refusal: Refusal) -> Response:
    """§6.6."""
    said = {"error": refusal.code, "error_description": refusal.description}
    headers = scene.tokens.told(request, refusal).headers
    return json_response(said, status=refusal.status, headers=headers, store=False)
