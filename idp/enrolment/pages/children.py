"""`/activation/enfants`: the children of a person, each waiting for a decision of its own (R033)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent import mandates
from consent.mandates import Child
from consent.spaces import State
from idp.accounts import acts
from idp.login.next import HOME, sign_in_link
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.records import Session
from kit import forms
from kit.http import client_address
from kit.problems import Refusal

PAGE = "/activation/enfants"
CHOOSE = "Choisissez d’activer l’espace ou de le refuser."
DECISIONS: Mapping[str, mandates.Decision] = {"activate": "activate", "object": "object"}
STATES: Mapping[State, tuple[str, str]] = {
    State.NOTIFIED: ("En attente de décision", "warning"),
    State.CREATED: ("En attente de décision", "warning"),
    State.ACTIVATED: ("Espace activé", "success"),
    State.OBJECTED: ("Espace refusé", "neutral"),
    State.CLOSED: ("Espace fermé", "neutral"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One child, as the parent sees it."""

    id: str
    name: str
    state: str
    tone: str
    may_activate: bool
    may_object: bool


async def show(scene: Scene, request: Request) -> Response:
    """GET: the children; straight home for a person who decides for none."""
    session = await browser.current(scene, request)
    if session is None:
        return RedirectResponse(sign_in_link(scene, PAGE), 303)
    children = await _children(scene, session)
    return _page(scene, request, children) if children else RedirectResponse(HOME, 303)


async def take(scene: Scene, request: Request) -> Response:
    """POST `child` and `decision` ("activate" or "object"): one child at a time."""
    form = await forms.read(request, scene.ground.csrf)
    session = await browser.current(scene, request)
    if session is None:
        return RedirectResponse(sign_in_link(scene, PAGE), 303)
    decision = DECISIONS.get(form.get("decision"))
    if decision is None:
        return _page(scene, request, await _children(scene, session), errors={"": CHOOSE}, status=422)
    by = acts.by(session.person_id, acts.ACTIVATION, client_address(request))
    now = scene.ground.clock.now()

    def unit(db: Connection) -> Child:
        return mandates.decide(db, by, form.get("child"), decision, now)

    try:
        await scene.ground.database.work(unit)
    except Refusal as refusal:
        if not refusal.code.startswith("space_"):
            raise
        # The space moved meanwhile: the page shows where it stands now.
    return RedirectResponse(PAGE, 303)


async def _children(scene: Scene, session: Session) -> list[Child]:
    now = scene.ground.clock.now()
    return await scene.ground.database.read(lambda db: mandates.children(db, session.person_id, now))


def _page(
    scene: Scene,
    request: Request,
    children: list[Child],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return scene.ground.pages.render(
        request,
        "activation/children.html",
        status=status,
        children=[_line(child) for child in children],
        waiting=any(child.waiting for child in children),
        home=HOME,
        errors=errors or {},
    )


def _line(child: Child) -> Line:
    state = child.space.state if child.space else State.NOTIFIED
    words, tone = STATES[state]
    waiting = child.waiting
    return Line(
        id=child.mandate.child_id,
        name=child.mandate.name,
        state=words,
        tone=tone,
        may_activate=waiting or state is State.OBJECTED,
        may_object=waiting,
    )
