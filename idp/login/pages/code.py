"""`/signin/code`: the one-time code, and asking for another."""

from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts import acts
from idp.accounts import store as accounts
from idp.login import begin, finish, journey, store
from idp.login import next as onward
from idp.login.finish import Finished
from idp.login.journey import Login, Sending, Step, Way
from idp.login.methods import one_time_code
from idp.login.methods.one_time_code import Mistaken, Old, Right, Sent, Spent, Unreachable, Wait
from idp.login.pages import password
from idp.login.words import STEPS, UNREACHABLE, in_words
from idp.scene import Scene
from idp.sessions import browser, cookies
from kit import forms
from kit.http import client_address
from kit.problems import Refusal

MISSING = "Écrivez les 6 chiffres du code."
MISTAKEN = "Ce code n’est pas le bon. Utilisez le dernier code reçu. Il vous reste {left}."
OLD = "Ce code n’est plus valable. Demandez-en un nouveau."
SPENT = "Trop de codes faux. " + password.START_AGAIN
OVER = "Trop de temps a passé. " + password.START_AGAIN
NOT_YET = "Attendez encore {wait} avant de demander un nouveau code."

Answer = Finished | Mistaken | Old | Spent


async def show(scene: Scene, request: Request) -> Response:
    """GET: where the code was sent, and the field to write it in."""
    login, here = await begin.waiting(scene, request)
    if here is Step.CODE and login is not None:
        return await _page(scene, request, login)
    return _elsewhere(scene, request, login, here)


async def take(scene: Scene, request: Request) -> Response:
    """POST `code`: the right one opens the session, once."""
    form = await forms.read(request, scene.ground.csrf)
    login, here = await begin.waiting(scene, request)
    if here is not Step.CODE or login is None:
        return _elsewhere(scene, request, login, here, status=422)
    code = one_time_code.typed(form.get("code"))
    if code is None:
        return await _page(scene, request, login, errors={"code": MISSING}, status=422)
    who, address = browser.visitor(scene, request), client_address(request)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> Answer:
        answer = one_time_code.check(db, scene, login, code, now)
        if isinstance(answer, Right):
            return finish.finish(db, scene, who, login, answer.sending, address, now)
        if answer == Spent(just_now=True):
            acts.note(db, login.person_id, "session.refused", now, address=address, because="one_time_code")
        return answer

    answer = await scene.ground.database.work(unit)
    match answer:
        case Finished(begun, device_secret):
            response = RedirectResponse(login.path, 303)
            browser.carry(response, scene, begun, device_secret)
            cookies.drop(response, cookies.SIGN_IN, scene.ground.secure)
            return response
        case Mistaken(left):
            words = MISTAKEN.format(left="1 essai" if left == 1 else f"{left} essais")
            return await _page(scene, request, login, errors={"code": words}, status=422)
        case Old():
            return await _page(scene, request, login, errors={"code": OLD}, status=422)
        case Spent():
            return _start_again(scene, request, login, SPENT, 422)


async def send(scene: Scene, request: Request) -> Response:
    """POST `channel` ("sms" or "email"): another code, in place of the one before."""
    form = await forms.read(request, scene.ground.csrf)
    login, here = await begin.waiting(scene, request)
    if here is not Step.CODE or login is None:
        return _elsewhere(scene, request, login, here, status=422)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> Sent | Wait | Unreachable:
        person = accounts.find(db, login.person_id)
        if person is None:
            raise Refusal("account_locked", "the account is not open", status=403)
        return one_time_code.send(db, scene, login, person, form.get("channel"), now)

    match await scene.ground.database.work(unit):
        case Sent():
            return RedirectResponse("/signin/code?sent=1", 303)
        case Wait(seconds):
            words = {"code": NOT_YET.format(wait=in_words(seconds))}
            retry = {"Retry-After": str(seconds)}
            return await _page(scene, request, login, errors=words, status=429, headers=retry)
        case Unreachable():
            return await _page(scene, request, login, errors={"code": UNREACHABLE}, status=422)


async def _page(
    scene: Scene,
    request: Request,
    login: Login,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    now = scene.ground.clock.now()

    def unit(db: Connection) -> tuple[Sending | None, tuple[Way, ...]]:
        person = accounts.find(db, login.person_id)
        offered = journey.ways(person, scene.notices.channels) if person else ()
        return store.last_sending(db, login.id), offered

    last, offered = await scene.ground.database.read(unit)
    used = Way(last.channel, last.destination) if last else journey.choose(offered, "")
    return scene.ground.pages.render(
        request,
        "signin/code.html",
        status=status,
        headers=headers,
        form_action=[login.towards] if login.towards else (),
        way=used,
        other=next((way for way in offered if used is None or way.channel != used.channel), None),
        wait=journey.wait(last, scene.settings.otp_resend, now),
        minutes=int(scene.settings.otp_lifetime.total_seconds() // 60),
        newcomer=login.newcomer,
        steps=STEPS if login.newcomer else (),
        sent_again="sent" in request.query_params,
        errors=errors or {},
    )


def _elsewhere(scene: Scene, request: Request, login: Login | None, here: Step, status: int = 200) -> Response:
    """This browser is at another step: take it there."""
    if here is Step.DONE and login is not None:
        return RedirectResponse(login.path, 303)
    if login is None:
        return RedirectResponse(onward.SIGN_IN, 303)
    return _start_again(scene, request, login, OVER if login.ended_at is None else SPENT, status)


def _start_again(scene: Scene, request: Request, login: Login, words: str, status: int) -> Response:
    said = onward.write(scene, onward.Onward(login.path, towards=login.towards))
    response = password.page(scene, request, said, errors={"": words}, status=status)
    cookies.drop(response, cookies.SIGN_IN, scene.ground.secure)
    return response
