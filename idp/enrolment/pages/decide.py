"""`/activation/decision`: activate or object; the terms are accepted to go on (R025)."""

from collections.abc import Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.spaces import State
from idp.enrolment import activate, objection, store
from idp.enrolment.activate import Over
from idp.enrolment.answers import ACCEPTED
from idp.enrolment.pages import account, where
from idp.enrolment.pages.where import Situation
from idp.enrolment.records import Step
from idp.login.words import STEPS
from idp.scene import Scene
from kit import forms
from kit.forms import Form
from kit.http import client_address

CHOOSE = "Choisissez : activer votre espace, ou refuser."
ACCEPT = "Acceptez les conditions pour activer votre espace."
OBJECTED = "/activation/refus"


async def show(scene: Scene, request: Request) -> Response:
    """GET: the choice; or, for a space that is active or closed, what to do."""
    here = await where.find(scene, request)
    if here is None or here.step is Step.DONE:
        return where.go(here.step if here else Step.IDENTIFY)
    return page(scene, request, here)


async def take(scene: Scene, request: Request) -> Response:
    """POST `decision` ("activate" or "object") and `accept_terms`."""
    form = await forms.read(request, scene.ground.csrf)
    here = await where.find(scene, request)
    if here is None or here.step is Step.DONE:
        return where.go(here.step if here else Step.IDENTIFY)
    return await answer(scene, request, form, here)


async def answer(scene: Scene, request: Request, form: Form, here: Situation) -> Response:
    """What follows from the decision in `form`."""
    if _no_choice(here):
        return page(scene, request, here, status=409)
    match form.get("decision"):
        case "activate":
            return await _activate(scene, request, form, here)
        case "object":
            return await _object(scene, request, here)
        case _:
            return page(scene, request, here, errors={"decision": CHOOSE}, status=422)


async def objected(scene: Scene, request: Request) -> Response:
    """GET `/activation/refus`: the objection is recorded, and what that means."""
    here = await where.find(scene, request)
    if here is None or here.space is None or here.space.state is not State.OBJECTED:
        return where.go(here.step if here else Step.IDENTIFY)
    return scene.ground.pages.render(request, "activation/objected.html", since=here.space.objected_at)


def page(
    scene: Scene, request: Request, here: Situation, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """The page that goes with the state of the space."""
    state = here.space.state if here.space else State.NOTIFIED
    if state is State.CLOSED:
        return scene.ground.pages.render(request, "activation/closed.html", status=status, name=here.person.name)
    if state is State.ACTIVATED:
        return scene.ground.pages.render(request, "activation/already.html", status=status, name=here.person.name)
    return scene.ground.pages.render(
        request,
        "activation/decide.html",
        status=status,
        steps=STEPS,
        name=here.person.name,
        objected_at=here.space.objected_at if here.space and state is State.OBJECTED else None,
        version=scene.settings.terms_version,
        errors=errors or {},
    )


def _no_choice(here: Situation) -> bool:
    return here.space is not None and here.space.state in {State.CLOSED, State.ACTIVATED}


async def _activate(scene: Scene, request: Request, form: Form, here: Situation) -> Response:
    if form.get("accept_terms").strip().lower() not in ACCEPTED:
        return page(scene, request, here, errors={"accept_terms": ACCEPT}, status=422)
    now, version = scene.ground.clock.now(), scene.settings.terms_version
    ends = now + scene.settings.enrolment_lifetime
    address = client_address(request)

    def unit(db: Connection) -> Situation | None:
        if here.account is not None:
            activate.come_back(db, scene, here.enrolment, version, address, now)
            return None
        store.agree(db, here.enrolment.id, version, ends)
        return where.situation(db, scene, store.find(db, here.enrolment.id))

    try:
        agreed = await scene.ground.database.work(unit)
    except (Over, IntegrityError):  # the same answer came twice at the same time, and the other one was taken
        return where.go(Step.DONE)
    if agreed is None:
        return where.go(Step.DONE)
    if form.get("identifier"):
        return await account.answer(scene, request, form, agreed)
    return where.go(Step.ACCOUNT)


async def _object(scene: Scene, request: Request, here: Situation) -> Response:
    now, address = scene.ground.clock.now(), client_address(request)
    ends = now + scene.settings.enrolment_lifetime

    def unit(db: Connection) -> None:
        objection.object_to(db, scene, here.enrolment, address, now)
        store.agree(db, here.enrolment.id, None, ends)

    try:
        await scene.ground.database.work(unit)
    except (Over, IntegrityError):  # the same answer came twice at the same time: the other one was recorded
        return RedirectResponse(OBJECTED, 303)
    return RedirectResponse(OBJECTED, 303)
