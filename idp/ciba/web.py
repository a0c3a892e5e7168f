"""`/ciba`: what waits for the person's answer, one page each."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from clients.records import Client
from idp.ciba import endpoint, notify, user_codes
from idp.decoupled import desk, store
from idp.decoupled.desk import Before
from idp.decoupled.records import CIBA, Demand, Status
from idp.login.next import local, sign_in_link
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.records import Session
from kit import forms
from kit.forms import Form
from kit.problems import Refusal

_SHAPE = "Choisissez de 4 à 12 lettres ou chiffres, sans accent ni espace."


def routes(scene: Scene) -> list[Route]:
    """The endpoint of apps, and the pages of people."""
    return [
        Route(endpoint.PATH, endpoint.bc_authorize, methods=["POST"]),
        Route(endpoint.PAGE, waiting, methods=["GET"]),
        Route(endpoint.PAGE, change, methods=["POST"]),
        Route(f"{endpoint.PAGE}/{{demand}}", page, methods=["GET"]),
        Route(f"{endpoint.PAGE}/{{demand}}", decide, methods=["POST"]),
    ]


async def waiting(request: Request) -> Response:
    """GET /ciba: every request that waits for the person of this browser."""
    scene: Scene = request.app.state.idp
    session = await browser.current(scene, request)
    if session is None:
        return _redirect(sign_in_link(scene, endpoint.PAGE))
    return await _list(scene, request, session, {})


async def change(request: Request) -> Response:
    """POST /ciba: `user_code` chooses the code without which nobody may ask; `drop` lets go of it."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    session = await browser.current(scene, request)
    if session is None:
        return _redirect(sign_in_link(scene, endpoint.PAGE))
    ground, person_id, code = scene.ground, session.person_id, form.get("user_code").strip()
    if form.get("drop"):
        await ground.database.work(lambda db: user_codes.drop(db, person_id))
    elif user_codes.fit(code):
        now = ground.clock.now()
        await ground.database.work(lambda db: user_codes.choose(db, ground.vault, person_id, code, now))
    else:
        return await _list(scene, request, session, {"user_code": _SHAPE})
    return _redirect(endpoint.PAGE)


async def _list(scene: Scene, request: Request, session: Session, errors: dict[str, str]) -> Response:
    now = scene.ground.clock.now()

    def unit(db: Connection) -> tuple[list[tuple[Demand, Client]], bool]:
        found = [(one, scene.clients.peek(db, one.client_id)) for one in store.waiting(db, session.person_id, now)]
        open_ = [(one, client) for one, client in found if client is not None and client.may_exchange]
        return open_, user_codes.chosen(db, session.person_id)

    found, guarded = await scene.ground.database.read(unit)
    cards = [
        {
            "href": f"{endpoint.PAGE}/{one.id}",
            "app": client.name,
            "message": one.extra.get("binding_message", ""),
            "at": one.created_at,
        }
        for one, client in found
    ]
    return scene.ground.pages.render(
        request,
        "ciba/waiting.html",
        status=422 if errors else 200,
        cards=cards,
        now=now,
        errors=errors,
        guarded=guarded,
        action=endpoint.PAGE,
    )


async def page(request: Request) -> Response:
    """GET /ciba/{demand}: who asks, what, and what was decided."""
    scene: Scene = request.app.state.idp
    if await browser.current(scene, request) is None:
        return _signed_in_first(scene, request)
    before = await desk.look(scene, request, CIBA)
    if not before.demand.open(before.now):
        return _over(scene, request, before)
    if desk.must_sign_in(before):
        return _redirect(desk.sign_in(scene, request, before))
    return _show(scene, request, before, {}, None)


async def decide(request: Request) -> Response:
    """POST /ciba/{demand}."""
    scene: Scene = request.app.state.idp
    if await browser.current(scene, request) is None:
        return _signed_in_first(scene, request)
    before = await desk.look(scene, request, CIBA)
    if not before.demand.open(before.now):
        return _over(scene, request, before)
    if desk.must_sign_in(before):
        return _redirect(desk.sign_in(scene, request, before))
    return await desk.decide(
        scene, request, before, lambda errors, form: _show(scene, request, before, errors, form), notify.answered
    )


def _show(scene: Scene, request: Request, before: Before, errors: dict[str, str], form: Form | None) -> Response:
    return scene.ground.pages.render(
        request,
        "ciba/decide.html",
        status=422 if errors else 200,
        errors=errors,
        message=before.demand.extra.get("binding_message", ""),
        **desk.card(before, form),
    )


def _over(scene: Scene, request: Request, before: Before) -> Response:
    status = before.demand.status
    state = str(status) if status is not Status.WAITING else "expired"
    answered = status in {Status.ALLOWED, Status.REFUSED}
    return scene.ground.pages.render(
        request, "ciba/over.html", status=200 if answered else 410, state=state, app=before.client.name
    )


def _signed_in_first(scene: Scene, request: Request) -> Response:
    """Who is nobody yet signs in and comes back. Raises Refusal(404) for an address that no request ever had."""
    if not local(request.url.path):
        raise Refusal("not_found", "nothing is at this address", status=404)
    return _redirect(sign_in_link(scene, request.url.path))


def _redirect(to: str) -> Response:
    return RedirectResponse(to, 303, headers={"cache-control": "no-store"})
