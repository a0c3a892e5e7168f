"""Claims about the person who signed in (OpenID Connect Core §5.3)."""

from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.accounts.records import Profile, profile_of
from idp.scene import Scene
from idp.server import floor, quick
from idp.server.books import NeedsDatabase
from idp.tokens import liveness, states
from idp.tokens.states import TokenState
from kit import forms
from kit.guard import AccessClaims
from kit.http import json_response
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
    except Refusal as refusal:
        said = {"error": refusal.code, "error_description": refusal.description}
        return json_response(said, status=refusal.status, headers=refusal.headers, store=False)
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
            return scene.tokens.verify(form.get("access_token"))
    return scene.tokens.claims(request)


def _answer(claims: AccessClaims, state: TokenState | None, client: Client | None, now: datetime) -> dict[str, Any]:
    if state is None or not state.alive(now):
        raise liveness.refused()
    if "openid" not in claims.scope or claims.grant_id is None:
        raise Refusal(
            "insufficient_scope",
            "the access token is not about a person who signed in",
            status=403,
            headers={"www-authenticate": _CHALLENGE.format("insufficient_scope", "the openid scope is needed")},
        )
    try:
        floor.judge(state.grant, state.space, client, state.account_status, None, now)
    except OAuth2Error as error:
        said = str(error.get_error_description())
        challenge = {"www-authenticate": _CHALLENGE.format("invalid_token", said)}
        raise Refusal("invalid_token", said, status=401, headers=challenge) from error
    profile = profile_of(state.person) if state.person else None
    return {"sub": claims.subject} | (_of_scope(profile, claims.scope) if profile else {})


def _of_scope(profile: Profile, scope: frozenset[str]) -> dict[str, Any]:
    """OpenID Connect Core §5.4: each scope stands for some claims; unknown values are left out."""
    said: dict[str, Any] = {}
    if "profile" in scope:
        said |= {
            "name": f"{profile.given_name} {profile.family_name}",
            "given_name": profile.given_name,
            "family_name": profile.family_name,
            "birthdate": profile.birthdate,
            "gender": profile.gender,
            "updated_at": profile.updated_at,
        }
    if "email" in scope and profile.email:
        said |= {"email": profile.email, "email_verified": profile.email_verified}
    if "phone" in scope and profile.phone_number:
        said |= {"phone_number": profile.phone_number, "phone_number_verified": profile.phone_number_verified}
    return said
