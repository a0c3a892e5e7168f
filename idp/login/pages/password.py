"""`/signin`: the identifier and the password."""

from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts import store as accounts
from idp.login import begin, unattended
from idp.login import next as onward
from idp.login.methods import password
from idp.login.methods.one_time_code import Sent, Unreachable, Wait
from idp.login.words import UNREACHABLE, in_words
from idp.scene import Scene
from idp.sessions import browser, cookies
from kit import forms
from kit.http import client_address
from kit.problems import Refusal

MISSING_IDENTIFIER = "Écrivez votre identifiant."
MISSING_PASSWORD = "Écrivez votre mot de passe."  # noqa: S105  a sentence
WRONG = "Identifiant ou mot de passe incorrect."
LOCKED = "Votre compte est bloqué. Appelez le 3422 pour le débloquer."
TOO_MANY = "Trop d’essais. Attendez {wait}, puis recommencez."
START_AGAIN = "Recommencez : écrivez votre identifiant et votre mot de passe."


async def show(scene: Scene, request: Request) -> Response:
    """GET: the form, unless the person is signed in and proven enough: they then go on at once."""
    said = request.query_params.get("next", "")
    asked = onward.read(scene, said)
    session = await browser.current(scene, request)
    if onward.satisfied(session, asked):
        return RedirectResponse(asked.path, 303)
    hint = asked.hint
    if session is not None and not hint:
        account = await scene.ground.database.read(lambda db: accounts.account(db, session.person_id))
        hint = account.identifier if account else ""
    return page(scene, request, said, identifier=hint, again=session is not None)


async def take(scene: Scene, request: Request) -> Response:
    """POST: both are looked at together; when they are right a code leaves, and its page comes next."""
    form = await forms.read(request, scene.ground.csrf)
    said, identifier, secret = form.get("next"), form.get("identifier").strip(), form.get("password")
    missing = {
        name: words
        for name, words, value in (
            ("identifier", MISSING_IDENTIFIER, identifier),
            ("password", MISSING_PASSWORD, secret),
        )
        if not value
    }
    if missing:
        return page(scene, request, said, identifier=identifier, errors=missing, status=422)
    who = browser.visitor(scene, request)
    answer = await password.prove(scene, identifier, secret, who, client_address(request))
    match answer:
        case password.Proven(account) if account.identifier in scene.unattended:
            return await unattended.enter(scene, request, said, account)
        case password.Proven():
            return await _send_code(scene, request, said, answer)
        case password.Wrong():
            return page(scene, request, said, identifier=identifier, errors={"": WRONG}, status=422)
        case password.Locked():
            return page(scene, request, said, identifier=identifier, errors={"": LOCKED}, status=403)
        case password.TooMany(wait):
            words = {"": TOO_MANY.format(wait=in_words(wait))}
            retry = {"Retry-After": str(wait)}
            return page(scene, request, said, identifier=identifier, errors=words, status=429, headers=retry)


def page(
    scene: Scene,
    request: Request,
    said: str,
    *,
    identifier: str = "",
    again: bool = False,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The form; `said` is the signed `next` it was asked with, `again` when the session is not proof enough."""
    return scene.ground.pages.render(
        request,
        "signin/password.html",
        status=status,
        headers=headers,
        form_action=unattended.form_action(scene, said),
        next=said,
        identifier=identifier,
        again=again,
        errors=errors or {},
    )


async def _send_code(scene: Scene, request: Request, said: str, proven: password.Proven) -> Response:
    now = scene.ground.clock.now()
    asked = onward.read(scene, said)
    account = proven.account

    def unit(db: Connection) -> begin.Started:
        if proven.rehashed:
            accounts.rehash(db, account, proven.rehashed)
        person = accounts.find(db, account.person_id)
        if person is None:
            raise Refusal("account_locked", "the account is not open", status=403)
        return begin.begin(db, scene, person, asked, "", newcomer=False, now=now)

    started = await scene.ground.database.work(unit)
    match started.code:
        case Unreachable():
            return page(scene, request, said, errors={"": UNREACHABLE}, status=403)
        case Wait(seconds):
            words = {"": TOO_MANY.format(wait=in_words(seconds))}
            return page(scene, request, said, errors=words, status=429, headers={"Retry-After": str(seconds)})
        case Sent():
            return continued(scene, started)


def continued(scene: Scene, started: begin.Started) -> Response:
    """The browser goes on to the page of the code, with the secret of its sign-in."""
    response = RedirectResponse("/signin/code", 303)
    cookies.put(response, cookies.SIGN_IN, started.secret, scene.ground.secure)
    return response
