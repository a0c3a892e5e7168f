"""`/activation/adresse`: the code of a new space does not arrive, because the e-mail address was wrong."""

from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts import contacts
from idp.accounts import store as accounts
from idp.enrolment.pages import where
from idp.enrolment.pages.where import Situation
from idp.enrolment.records import Step
from idp.login import begin, journey
from idp.login.journey import Login
from idp.login.methods import one_time_code
from idp.login.methods.one_time_code import Sent, Unreachable, Wait
from idp.login.pages.code import NOT_YET
from idp.login.words import STEPS, in_words
from idp.scene import Scene
from kit import forms

CODE = "/signin/code"


async def show(scene: Scene, request: Request) -> Response:
    """GET: the address given, to correct."""
    found = await _allowed(scene, request)
    return _page(scene, request, found[0].person.email or "") if found else RedirectResponse(CODE, 303)


async def take(scene: Scene, request: Request) -> Response:
    """POST `email`: keep it, and send the code there."""
    form = await forms.read(request, scene.ground.csrf)
    found = await _allowed(scene, request)
    if found is None:
        return RedirectResponse(CODE, 303)
    here, login = found
    typed = form.get("email").strip()
    try:
        email = contacts.email(typed)
    except contacts.Wrong as wrong:
        return _page(scene, request, typed, errors={"email": str(wrong)}, status=422)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> Sent | Wait | Unreachable:
        accounts.reach(db, here.person, email, here.person.mobile, now)
        person = accounts.find(db, here.person.id) or here.person
        return one_time_code.send(db, scene, login, person, journey.EMAIL, now)

    sent = await scene.ground.database.work(unit)
    if isinstance(sent, Wait):
        words = {"email": NOT_YET.format(wait=in_words(sent.seconds))}
        return _page(scene, request, email, errors=words, status=429)
    return RedirectResponse(f"{CODE}?sent=1", 303)


async def _allowed(scene: Scene, request: Request) -> tuple[Situation, Login] | None:
    """Only the browser that has just activated, before its first sign-in, while the address is not verified."""
    here = await where.find(scene, request)
    login, step = await begin.waiting(scene, request)
    if here is None or login is None or here.step is not Step.DONE or step is not journey.Step.CODE:
        return None
    fresh = login.newcomer and login.person_id == here.person.id and here.person.email_verified_at is None
    return (here, login) if fresh else None


def _page(
    scene: Scene, request: Request, email: str, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    return scene.ground.pages.render(
        request, "activation/address.html", status=status, steps=STEPS, email=email, errors=errors or {}
    )
