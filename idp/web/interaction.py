"""An authorization that waits for the person: the page where they decide, and what they decided."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from consent.actors import holder
from idp.login.next import sign_in_link
from idp.protocol import details
from idp.protocol.prompts import Go, Refused, SignIn, Step
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.records import Session
from idp.tokens import interactions
from idp.web import agreements, answers, cards
from idp.web.agreements import Questions
from idp.web.authorize import next_step
from kit import forms
from kit.forms import Form
from kit.http import client_address
from kit.problems import Refusal


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, the browser's session, and what must happen next."""

    asked: AuthorizationRequest
    client: Client
    session: Session | None
    step: Step
    left: Questions
    """What is left to decide."""


async def page(request: Request) -> Response:
    """GET /authorize/{interaction}: the next thing to do, which may be nothing."""
    scene: Scene = request.app.state.idp
    waiting, code = await _look(scene, request, take=True)
    if code is not None:
        return await _answered(scene, request, waiting, code)
    if isinstance(waiting.step, SignIn):
        return _sign_in(scene, request, waiting)
    if isinstance(waiting.step, Refused):
        return await _declined(scene, request, waiting)
    return _show(scene, request, waiting, errors={}, form=None)


async def decide(request: Request) -> Response:
    """POST /authorize/{interaction}: `decision` (allow, refuse), boxes `scope` and `consent`, radio `duration`."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    waiting, _ = await _look(scene, request, take=False)
    if isinstance(waiting.step, SignIn) or waiting.session is None:
        return _sign_in(scene, request, waiting)
    if isinstance(waiting.step, Refused):
        return await _declined(scene, request, waiting)
    if form.get("decision") not in {"allow", "refuse"}:
        return _show(scene, request, waiting, errors={"decision": "Choisissez : autoriser ou refuser."}, form=form)
    if form.get("decision") == "refuse":
        return await _refused(scene, request, waiting)
    errors = cards.mistakes(form, waiting.left.consents)
    if errors:
        return _show(scene, request, waiting, errors=errors, form=form)
    return await _allowed(scene, request, waiting, waiting.session, form)


async def _look(scene: Scene, request: Request, *, take: bool) -> tuple[Waiting, str | None]:
    """What waits under this name. With `take`, the code too when nothing is left to ask. Raises Refusal(404)."""
    name = request.path_params["interaction"]
    now = scene.ground.clock.now()
    who = browser.visitor(scene, request)

    def unit(db: Connection) -> tuple[Waiting, str | None]:
        asked, asked_at = _found(db, name, now)
        client = scene.clients.peek(db, asked.client_id)
        if client is None or not client.may_exchange:
            raise Refusal("client_suspended", "this app may not exchange data now", status=403)
        session = browser.open_session(db, scene, who, now)
        step = next_step(db, scene, client, asked, session, asked_at, now)
        left = agreements.questions(db, client, asked, session.person_id, now) if session else Questions()
        waiting = Waiting(asked, client, session, step, left)
        if take and session is not None and isinstance(step, Go):
            _finish(db, name, now)
            return waiting, agreements.code(db, scene, client, asked, session, now)
        return waiting, None

    return await scene.ground.database.work(unit)


async def _allowed(scene: Scene, request: Request, waiting: Waiting, session: Session, form: Form) -> Response:
    name, now = request.path_params["interaction"], scene.ground.clock.now()
    kept = waiting.asked.scope - (waiting.left.words - frozenset(form.all("scope")))
    by = holder(session.person_id, context="consents_page", address=client_address(request))

    def unit(db: Connection) -> str:
        _finish(db, name, now)
        agreements.accept(
            db,
            scene,
            waiting.client,
            waiting.asked,
            by,
            chosen=kept,
            consents=frozenset(form.all("consent")) & waiting.left.consents,
            duration=form.get("duration"),
            now=now,
        )
        return agreements.code(db, scene, waiting.client, waiting.asked, session, now)

    return await _answered(scene, request, waiting, await scene.ground.database.work(unit))


async def _refused(scene: Scene, request: Request, waiting: Waiting) -> Response:
    name, now = request.path_params["interaction"], scene.ground.clock.now()
    asked = waiting.asked

    def unit(db: Connection) -> None:
        _finish(db, name, now)
        agreements.burn(db, asked, now)

    await scene.ground.database.work(unit)
    said = ("access_denied", "the person refused", asked.state)
    return await answers.error(scene, request, waiting.client, asked.destination, *said)


async def _declined(scene: Scene, request: Request, waiting: Waiting) -> Response:
    """Nobody can agree to this: the app is told, the person is not asked."""
    step, asked = waiting.step, waiting.asked
    said = step if isinstance(step, Refused) else Refused("access_denied", "the request cannot be served")
    error = (said.error, said.description, asked.state)
    return await answers.error(scene, request, waiting.client, asked.destination, *error)


def _found(db: Connection, name: str, now: datetime) -> tuple[AuthorizationRequest, datetime]:
    found = interactions.find(db, name, now)
    if found is None:
        raise Refusal("interaction_gone", "this request is over or too old: start again from the app", status=404)
    return found


def _finish(db: Connection, name: str, now: datetime) -> None:
    if not interactions.finish(db, name, now):
        raise Refusal("interaction_gone", "this request was answered already: go back to the app", status=404)


async def _answered(scene: Scene, request: Request, waiting: Waiting, code: str) -> Response:
    asked = waiting.asked
    said = {"code": code, "state": asked.state}
    return await answers.deliver(scene, request, waiting.client, asked.destination, said)


def _sign_in(scene: Scene, request: Request, waiting: Waiting) -> Response:
    since = waiting.step.fresh_since if isinstance(waiting.step, SignIn) else None
    hint, towards = waiting.asked.login_hint, waiting.asked.redirect_uri
    link = sign_in_link(scene, request.url.path, fresh_since=since, hint=hint, towards=towards)
    return RedirectResponse(link, 303, headers={"cache-control": "no-store"})


def _show(scene: Scene, request: Request, waiting: Waiting, *, errors: dict[str, str], form: Form | None) -> Response:
    return scene.ground.pages.render(
        request,
        "authorize/ask.html",
        status=422 if errors else 200,
        form_action=[waiting.asked.redirect_uri],
        errors=errors,
        card=cards.ask(
            waiting.client,
            waiting.left.consents,
            waiting.left.words,
            waiting.asked.scope,
            form,
            details.words(waiting.asked.details),
        ),
    )
