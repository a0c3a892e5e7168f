"""Signing in and out: to the provider and back."""

from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit.forms import read as read_form
from kit.http import client_address, request_id
from kit.limits import network_of
from kit.telemetry import log
from portal import oidc, sessions, sign_ins
from portal.scene import Scene
from portal.sessions import Who
from portal.sign_ins import HOME, Pending
from portal.trouble import SignInFailed, Trouble, Unreachable
from portal.visit import SIGN_IN, Endpoint, current, show


def leave(scene: Scene) -> Endpoint:
    """GET /espace/connexion?suite=…: off to the provider, with a promise to come back to that page.

    Who is in already goes straight there, but with `encore`: their session at the provider was just closed, or what
    they do needs a proof of a level (`niveau`) that was given lately (`depuis`, seconds; RFC 9470 §4).
    """

    async def endpoint(request: Request) -> Response:
        ground, settings = scene.ground, scene.settings
        await ground.limits.demand("portal:leaving", network_of(client_address(request)), settings.rate_sign_in)
        back = sign_ins.local(request.query_params.get("suite", HOME))
        if "encore" not in request.query_params and await current(scene, request) is not None:
            return RedirectResponse(back, 303)
        pending = Pending(oidc.leaving(), back)
        try:
            target = await scene.provider.way_out(pending.leaving, **_wanted(request))
        except Trouble as trouble:
            return _unreachable(scene, request, trouble, back)
        mark = sign_ins.browser(request, settings)
        seal, now = ground.vault.seal(sign_ins.SEAL), ground.clock.now()
        await ground.database.work(lambda db: sign_ins.begin(db, seal, settings, now, mark, pending))
        response = RedirectResponse(target, 303)
        sign_ins.hand(response, mark, settings)
        return response

    return endpoint


def _wanted(request: Request) -> dict[str, str]:
    """The proof to ask of the provider. Whoever makes such a link asks for a stronger one, never for a weaker one."""
    level, age = request.query_params.get("niveau", ""), request.query_params.get("depuis", "")
    wanted = {"acr_values": level} if level.isascii() and level.isalnum() and len(level) < 20 else {}
    return wanted | ({"max_age": age} if age.isascii() and age.isdecimal() and len(age) < 9 else {})


def come_back(scene: Scene) -> Endpoint:
    """GET /espace/retour: the provider's answer (RFC 6749 §4.1.2, RFC 9207), good once and in the browser that left."""

    async def endpoint(request: Request) -> Response:
        ground, settings = scene.ground, scene.settings
        said = request.query_params
        mark = request.cookies.get(sign_ins.cookie_name(settings), "")
        seal, now = ground.vault.seal(sign_ins.SEAL), ground.clock.now()
        state = said.get("state", "")
        pending = await ground.database.work(lambda db: sign_ins.take(db, seal, now, state, mark)) if mark else None
        if pending is None:
            if await current(scene, request) is not None:
                return RedirectResponse(HOME, 303)  # the answer of a sign-in already done, shown again
            return _failed(scene, request, SignInFailed("no departure of this browser has that state"), HOME)
        try:
            if said.get("iss") != settings.issuer:
                raise SignInFailed("the answer is not this issuer's")
            if "error" in said or not said.get("code"):
                raise SignInFailed(f"the provider answered {said.get('error', 'without a code')[:60]}")
            arrival = await scene.provider.arrive(said["code"], pending.leaving)
            who = await _who(scene, arrival)
        except SignInFailed as failure:
            return _failed(scene, request, failure, pending.back)
        except Trouble as trouble:
            return _unreachable(scene, request, trouble, pending.back)
        return await _welcome(scene, request, arrival, who, pending.back)

    return endpoint


def sign_out(scene: Scene) -> Endpoint:
    """POST /espace/deconnexion: the stay ends here, its refresh token is revoked, then the provider's session ends."""

    async def endpoint(request: Request) -> Response:
        ground, settings = scene.ground, scene.settings
        await read_form(request, ground.csrf)
        session = await current(scene, request)
        target: str | None = settings.goodbye_uri
        if session is not None:
            await ground.database.work(lambda db: sessions.end(db, session.digest))
            try:
                await scene.provider.forget(session.tokens)
                target = await scene.provider.way_to_sign_out(session.tokens.id_token) or target
            except Trouble as trouble:
                # Here the stay is over, whatever the provider says: the person is told so, and not more.
                log.warning("portal_sign_out", request_id=request_id(request), trouble=str(trouble))
        response = RedirectResponse(target or "/", 303)
        sessions.take_back(response, settings)
        return response

    return endpoint


def goodbye(scene: Scene) -> Endpoint:
    """GET /espace/au-revoir."""

    async def endpoint(request: Request) -> Response:
        everywhere = scene.settings.issuer + scene.settings.sessions_path
        return show(scene, request, "portal/goodbye.html", again=SIGN_IN, everywhere=everywhere, sign_in=None)

    return endpoint


async def _welcome(scene: Scene, request: Request, arrival: oidc.Arrival, who: Who, back: str) -> Response:
    """A new stay under a new cookie value, whatever cookie came in; the former one of this browser ends."""
    ground, settings = scene.ground, scene.settings
    seal, now = ground.vault.seal(sessions.SEAL), ground.clock.now()
    former = sessions.carried(request, settings)

    def unit(db: Connection) -> str:
        if former:
            sessions.end(db, former)
        return sessions.start(db, seal, settings, now, who, arrival.tokens)

    value = await ground.database.work(unit)
    response = RedirectResponse(back, 303)
    sessions.hand(response, value, settings)
    return response


async def _who(scene: Scene, arrival: oidc.Arrival) -> Who:
    """How the person is called: by the identity token, else by userinfo if its subject is the same (Core §5.3.2)."""
    claims = arrival.claims
    if not (claims.get("name") or claims.get("given_name")):
        more = await scene.provider.profile(arrival.tokens)
        if more.get("sub") == claims["sub"]:
            claims = more
    given = str(claims.get("given_name", ""))
    name = str(claims.get("name") or f"{given} {claims.get('family_name', '')}").strip()
    return Who(name or "Mon espace", given or name, str(arrival.claims["sub"]))


def _failed(scene: Scene, request: Request, failure: SignInFailed, back: str) -> Response:
    log.warning("portal_sign_in_failed", request_id=request_id(request), why=str(failure))
    again = f"{SIGN_IN}?{urlencode({'suite': back})}"
    return show(scene, request, "portal/sign_in_failed.html", status=400, again=again, sign_in=None)


def _unreachable(scene: Scene, request: Request, trouble: Trouble, back: str) -> Response:
    log.warning("portal_trouble", request_id=request_id(request), trouble=str(trouble))
    again = f"{SIGN_IN}?{urlencode({'suite': back})}"
    status = 503 if isinstance(trouble, Unreachable) else 502
    return show(scene, request, "portal/unreachable.html", status=status, back=again, words="", sign_in=None)
