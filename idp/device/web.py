"""`/device`: type the code that a device shows, see who asks, answer (RFC 8628 §3.3)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.decoupled import desk, store
from idp.decoupled.desk import Before
from idp.decoupled.records import DEVICE, Status
from idp.device import codes, endpoint
from idp.device.nearness import near
from idp.scene import Scene
from kit import forms
from kit.forms import Form
from kit.http import client_address
from kit.limits import network_of

_UNKNOWN = "Ce code n’existe pas, ou il est trop vieux. Vérifiez chaque lettre."
_SHAPE = "Le code a 8 lettres, comme BCDF-GHJK. Il n’a ni chiffre ni voyelle."
_TOO_MANY = "Trop d’essais. Attendez quelques minutes."


def routes(scene: Scene) -> list[Route]:
    """The endpoint of devices, and the pages of people."""
    return [
        Route(endpoint.PATH, endpoint.device_authorization, methods=["POST"]),
        Route(endpoint.PAGE, enter, methods=["GET"]),
        Route(endpoint.PAGE, typed, methods=["POST"]),
        Route(f"{endpoint.PAGE}/{{demand}}", page, methods=["GET"]),
        Route(f"{endpoint.PAGE}/{{demand}}", decide, methods=["POST"]),
    ]


async def enter(request: Request) -> Response:
    """GET /device: the field, filled in when the address had the code; nothing is looked up before it is sent."""
    scene: Scene = request.app.state.idp
    said = codes.plain(request.query_params.get("user_code", ""))
    return _form(scene, request, codes.shown(said) if said else "", {})


async def typed(request: Request) -> Response:
    """POST /device `user_code`. Wrong codes are counted by address: too many, and right ones are not looked at."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    given, said = form.get("user_code").strip(), codes.plain(form.get("user_code"))
    limits, rate = scene.ground.limits, scene.settings.rate_device_guesses
    network, now = network_of(client_address(request)), scene.ground.clock.now()
    if await limits.spent("device guesses", network, rate):
        return _form(scene, request, given, {"user_code": _TOO_MANY}, 429)
    if said is None:
        return _form(scene, request, given, {"user_code": _SHAPE}, 422)
    mark = codes.mark(scene.ground.vault, said)
    demand = await scene.ground.database.read(lambda db: store.by_user_code(db, mark))
    if demand is None or not demand.open(now):
        await limits.allow("device guesses", network, rate)
        return _form(scene, request, given, {"user_code": _UNKNOWN}, 422)
    return RedirectResponse(f"{endpoint.PAGE}/{demand.id}", 303, headers={"cache-control": "no-store"})


async def page(request: Request) -> Response:
    """GET /device/{demand}: who asks and from where, then the decision, then what was decided."""
    scene: Scene = request.app.state.idp
    before = await desk.look(scene, request, DEVICE)
    if not before.demand.open(before.now):
        return _over(scene, request, before)
    if desk.must_sign_in(before):
        return _confirm(scene, request, before)
    return _show(scene, request, before, {}, None)


async def decide(request: Request) -> Response:
    """POST /device/{demand}."""
    scene: Scene = request.app.state.idp
    before = await desk.look(scene, request, DEVICE)
    if not before.demand.open(before.now):
        return _over(scene, request, before)
    if desk.must_sign_in(before):
        return RedirectResponse(desk.sign_in(scene, request, before), 303, headers={"cache-control": "no-store"})
    return await desk.decide(scene, request, before, lambda errors, form: _show(scene, request, before, errors, form))


def _form(scene: Scene, request: Request, given: str, errors: dict[str, str], status: int = 200) -> Response:
    return scene.ground.pages.render(
        request, "device/code.html", status=status, given=given[: codes.LONGEST], errors=errors, action=endpoint.PAGE
    )


def _confirm(scene: Scene, request: Request, before: Before) -> Response:
    """Before signing in: is it this app, this code, from here? RFC 8628 §5.4: what another sent must be noticed."""
    return scene.ground.pages.render(
        request,
        "device/confirm.html",
        onward=desk.sign_in(scene, request, before),
        **desk.card(before, None),
        **_where(scene, request, before),
    )


def _show(scene: Scene, request: Request, before: Before, errors: dict[str, str], form: Form | None) -> Response:
    return scene.ground.pages.render(
        request,
        "device/decide.html",
        status=422 if errors else 200,
        errors=errors,
        **desk.card(before, form),
        **_where(scene, request, before),
    )


def _over(scene: Scene, request: Request, before: Before) -> Response:
    status = before.demand.status
    state = str(status) if status in {Status.ALLOWED, Status.REFUSED} else "expired"
    return scene.ground.pages.render(
        request, "device/over.html", status=410 if state == "expired" else 200, state=state, app=before.client.name
    )


def _where(scene: Scene, request: Request, before: Before) -> dict[str, Any]:
    """The code to compare, and whether the device and this browser are behind the same connection."""
    demand = before.demand
    code = codes.open_(scene.ground.vault, demand.sealed, demand.id)
    return {"code": codes.shown(code), "near": near(client_address(request), demand.address)}
