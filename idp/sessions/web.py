"""`/account/sessions`: where a person is signed in, and stopping it."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.accounts import store as accounts
from idp.accounts.records import Person
from idp.login.next import sign_in_link
from idp.scene import Scene
from idp.sessions import browser, cookies, ending, store
from idp.sessions.records import Because, Session, on_phone
from kit import forms
from kit.http import client_address

PAGE = "/account/sessions"
OTHERS = "others"
STOPPED = {
    "one": "La connexion est arrêtée.",
    "others": "Toutes vos autres connexions sont arrêtées.",
    "none": "Cette connexion était déjà arrêtée.",
}


def routes(scene: Scene) -> list[Route]:
    """`/account/sessions`."""

    async def account_sessions(request: Request) -> Response:
        session = await browser.current(scene, request)
        if session is None:
            return RedirectResponse(sign_in_link(scene, PAGE), 303)
        return await (_stop if request.method == "POST" else _show)(scene, request, session)

    return [Route(PAGE, account_sessions, methods=["GET", "POST"])]


async def _show(scene: Scene, request: Request, here: Session) -> Response:
    now = scene.ground.clock.now()

    def unit(db: Connection) -> tuple[Person | None, list[Session]]:
        living = store.of_person(db, here.person_id, scene.settings.session_idle, now)
        return accounts.find(db, here.person_id), living

    person, living = await scene.ground.database.read(unit)
    done = STOPPED.get(request.query_params.get("stopped", ""))
    return scene.ground.pages.render(
        request,
        "account/sessions.html",
        person=person.name if person else None,
        sign_out="/logout",
        now=now,
        sessions=sorted(living, key=lambda one: one.id != here.id),
        here=here.id,
        on_phone=on_phone,
        others=len(living) > 1,
        flash={"kind": "success", "text": done} if done else None,
    )


async def _stop(scene: Scene, request: Request, here: Session) -> Response:
    """POST `stop`: the id of a session of one's own, or "others" for all but this one."""
    form = await forms.read(request, scene.ground.csrf)
    which, address, now = form.get("stop"), client_address(request), scene.ground.clock.now()

    def unit(db: Connection) -> int:
        if which == OTHERS:
            return len(ending.end_others(db, scene, here.person_id, here.id, Because.STOPPED, now, address))
        session = store.find(db, which)
        if session is None or session.person_id != here.person_id:
            return 0
        return int(ending.end(db, scene, which, Because.STOPPED, now, address) is not None)

    stopped = await scene.ground.database.work(unit)
    if which == here.id:
        response = RedirectResponse("/", 303)
        cookies.drop(response, cookies.SESSION, scene.ground.secure)
        return response
    words = OTHERS if which == OTHERS else "one" if stopped else "none"
    return RedirectResponse(f"{PAGE}?stopped={words}", 303)
