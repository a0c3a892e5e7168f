"""`/activation`: the provisional code, the social security number and the serial number of the card (R023, R024)."""

from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.attempts import Turns
from idp.accounts.marks import Marks
from idp.enrolment import identify, store
from idp.enrolment.pages import decide, where
from idp.enrolment.records import Enrolment, Step
from idp.login.words import STEPS, in_words
from idp.scene import Scene
from idp.sessions import cookies
from kit import forms
from kit.http import client_address
from kit.secrets import digest, issue

MISSING = {
    "provisional_code": "Écrivez votre code provisoire.",
    "nir": "Écrivez votre numéro de sécurité sociale.",
    "vitale_serial": "Écrivez le numéro de série de votre carte Vitale.",
}
REFUSED = "Nous ne vous reconnaissons pas avec ces trois informations. Vérifiez-les une par une."
TOO_MANY = "Trop d’essais. Attendez {wait}, puis recommencez."

_turns = Turns(4)


async def show(scene: Scene, request: Request) -> Response:
    """GET: the three fields, each with where to find it."""
    return _page(scene, request, over="over" in request.query_params)


async def take(scene: Scene, request: Request) -> Response:
    """POST: three right data begin an activation in this browser; anything else is refused with the same words."""
    form = await forms.read(request, scene.ground.csrf)
    said = {name: form.get(name).strip() for name in MISSING}
    missing = {name: words for name, words in MISSING.items() if not said[name]}
    if missing:
        return _page(scene, request, errors=missing, status=422)
    typed = identify.read(said["provisional_code"], said["nir"], said["vitale_serial"])
    attempts = identify.attempts(scene, said["nir"], typed, client_address(request))
    now = scene.ground.clock.now()
    marks = Marks(scene.ground.vault)
    async with _turns.take():
        if not await attempts.allowed():
            words = {"": TOO_MANY.format(wait=in_words(attempts.wait))}
            return _page(scene, request, errors=words, status=429, headers={"Retry-After": str(attempts.wait)})
        found = await scene.ground.database.read(lambda db: identify.recognise(db, marks, typed, now))
        if found is None:
            await attempts.failed()
            return _page(scene, request, errors={"": REFUSED}, status=422)
    secret = issue("sec")
    ends = now + scene.settings.enrolment_lifetime

    def unit(db: Connection) -> Enrolment:
        return store.begin(db, digest(secret), found.person_id, found.code_id, now, ends)

    enrolment = await scene.ground.database.work(unit)
    response = where.go(Step.DECIDE)
    if form.get("decision"):  # a script may answer several pages at once
        here = await scene.ground.database.read(lambda db: where.situation(db, scene, enrolment))
        if here is not None:
            response = await decide.answer(scene, request, form, here)
    cookies.put(response, cookies.ACTIVATION, secret, scene.ground.secure)
    return response


def _page(
    scene: Scene,
    request: Request,
    *,
    over: bool = False,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    # What was typed is not shown again: these are secrets, and a shared screen may show them.
    return scene.ground.pages.render(
        request,
        "activation/identify.html",
        status=status,
        headers=headers,
        steps=STEPS,
        over=over,
        errors=errors or {},
    )
