"""Claims about the person who signed in (OpenID Connect Core §5.3): JSON, or a token that only its client can use."""

from datetime import datetime
from typing import Any

import msgspec
from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.accounts.records import profile_of
from idp.protocol import claims as claims_parameter
from idp.scene import Scene
from idp.server import floor, quick
from idp.server.books import NeedsDatabase
from idp.tokens import liveness, sealing, states
from idp.tokens.states import TokenState
from kit import forms, jose
from kit.guard import AccessClaims
from kit.http import NO_STORE, json_response
from kit.problems import Refusal

_CHALLENGE = 'Bearer realm="espace", error="{}", error_description="{}"'


async def userinfo(request: Request) -> Response:
    """GET or POST /userinfo, with the token in the header or, for a POST, in the body (RFC 6750 §2)."""
    scene: Scene = request.app.state.idp
    await scene.ring.keep_fresh()
    try:
        claims = await _claims(request, scene)
        state = await _state(scene, claims)
        client = await scene.clients.get(claims.client_id)
        body = _answer(claims, state, client, scene.ground.clock.now())
        if client is not None and _wants_token(client):
            return await _as_token(scene, client, body)
    except Refusal as refusal:
        said = {"error": refusal.code, "error_description": refusal.description}
        headers = scene.tokens.told(request, refusal).headers
        return json_response(said, status=refusal.status, headers=headers, store=False)
    return json_response(body, store=False)


async def _state(scene: Scene, claims: AccessClaims) -> TokenState | None:
    try:
        return await quick.state(scene, claims)
    except NeedsDatabase:
        return await scene.ground.database.read(lambda db: states.read(db, claims))


async def _claims(request: Request, scene: Scene) -> AccessClaims:
    if request.method == "POST" and "authorization" not in request.headers:
        form = await forms.parse(request)
        if form.get("access_token"):
            return await scene.tokens.admit(request, form.get("access_token"))
    return await scene.tokens.admit(request)


def _answer(claims: AccessClaims, state: TokenState | None, client: Client | None, now: datetime) -> dict[str, Any]:
    if state is None or not state.alive(now):
        raise liveness.refused()
    if "openid" not in claims.scope or claims.grant_id is None:
        raise Refusal(
            "insufficient_scope",
            "the openid scope is needed",
            status=403,
            headers={"www-authenticate": _CHALLENGE.format("insufficient_scope", "the openid scope is needed")},
        )
    try:
        floor.judge(state.grant, state.space, client, state.account_status, None, now)
    except OAuth2Error as error:
        said = str(error.get_error_description())
        challenge = {"www-authenticate": _CHALLENGE.format("invalid_token", said)}
        raise Refusal("invalid_token", said, status=401, headers=challenge) from error
    told: dict[str, Any] = {"sub": claims.subject}
    if state.person is not None and state.grant is not None:
        declined = state.grant.declined
        names = claims_parameter.of_scopes(claims.scope - declined if declined else claims.scope)
        if state.claims is not None:
            names = (*names, *claims_parameter.asked(state.claims, "userinfo", state.grant.scope))
        told |= claims_parameter.told(profile_of(state.person), names)
    return told


def _wants_token(client: Client) -> bool:
    options = client.options
    return bool(options.userinfo_signed_response_alg or options.userinfo_encrypted_response_alg)


async def _as_token(scene: Scene, client: Client, said: dict[str, Any]) -> Response:
    """OpenID Connect Core §5.3.2: signed, encrypted, or signed then encrypted, as registered. Raises Refusal(503)."""
    try:
        to = await sealing.recipient(scene.keysets, client, "userinfo")
    except sealing.NoRecipient as error:
        what = "no key of the client to encrypt the answer with"
        raise Refusal("temporarily_unavailable", what, status=503, headers={"retry-after": "30"}) from error
    algorithm = client.options.userinfo_signed_response_alg
    if algorithm:
        claims = {**said, "iss": scene.issuer, "aud": client.client_id}
        token = jose.sign(claims, scene.ring.signing(algorithm), algorithm=algorithm, typ="JWT")
        token = sealing.nested(token, to) if to else token
    else:
        token = sealing.plain(msgspec.json.encode(said), to) if to else ""
    return Response(token, headers={**NO_STORE, "content-type": "application/jwt"})
