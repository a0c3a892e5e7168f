"""The pushed authorization request endpoint (RFC 9126): everything is checked before the browser is involved."""

from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.protocol import checks
from idp.protocol.checks import ToClient
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.server import bridge, possession
from idp.server.call import Call, Reply
from idp.server.errors import InvalidRequestError
from idp.tokens import hot, pushed
from idp.web import sources
from idp.web.authorize import subject_of
from kit.http import json_response
from kit.problems import Refusal

_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


async def push(request: Request) -> Response:
    """POST /par."""
    scene: Scene = request.app.state.idp
    come = await bridge.come(request)
    if isinstance(come, Reply):
        return come.to_response()
    try:
        asked = await _asked(scene, come.call, come.client, come.now)
        jkt = await possession.jkt_at_par(scene, come.call, come.client, request, come.now)
        if asked.jkt is not None and jkt is not None and asked.jkt != jkt:
            raise InvalidRequestError("dpop_jkt is not the key of the DPoP proof (RFC 9449)")
        urn = await _keep(scene, _bound(asked, jkt), come.now)
    except ToClient as error:
        return _refused(error.error, error.description)
    except Refusal as refusal:
        return _refused(refusal.code, refusal.description)
    except OAuth2Error as error:
        return bridge.refusal(error).to_response()
    seconds = int(scene.settings.pushed_lifetime.total_seconds())
    return json_response({"request_uri": urn, "expires_in": seconds}, status=201, store=False)


async def _asked(scene: Scene, call: Call, client: Client, now: datetime) -> AuthorizationRequest:
    """The request, checked as the authorization endpoint checks one. Raises ToClient, Refusal."""
    lists: checks.Lists = {name: values for name, values in call.payload.datalist.items() if name not in _PROOFS}
    if lists.get("request_uri"):
        raise Refusal("invalid_request", "request_uri is not for this endpoint (RFC 9126)")
    lists = {**lists, "client_id": lists.get("client_id") or [client.client_id]}
    value = next(iter(lists.get("request", ())), None)
    lists = await sources.objects(scene, lists, client, value, now)
    if not lists.get("redirect_uri"):
        raise Refusal("invalid_request", "redirect_uri is missing")
    redirect_uri = checks.destination(lists, client)
    return checks.check(
        lists, client, redirect_uri, resources=(scene.issuer, *scene.resources), subject_of=subject_of(scene)
    )


def _bound(asked: AuthorizationRequest, jkt: str | None) -> AuthorizationRequest:
    return AuthorizationRequest.from_json(asked.to_json() | {"jkt": jkt}) if jkt else asked


async def _keep(scene: Scene, asked: AuthorizationRequest, now: datetime) -> str:
    urn, row = pushed.columns(asked, now, now + scene.settings.pushed_lifetime)
    lane = scene.ground.database.lane
    if lane is not None:
        await lane.one(hot.SAVE_PUSHED, **row)
    else:
        await scene.ground.database.work(lambda db: pushed.save(db, row))
    return urn


def _refused(code: str, description: str) -> Response:
    """RFC 9126 §2.3: told to the caller, never by a redirect."""
    body: dict[str, Any] = {"error": _SAID.get(code, code), "error_description": description}
    return json_response(body, status=400, store=False)


_SAID = {"invalid_redirect_uri": "invalid_request", "client_suspended": "invalid_client"}
"""Our own words for what the registry of OAuth errors has another for."""
