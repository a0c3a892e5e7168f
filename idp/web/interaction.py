"""An authorization that waits for the person: the page where they decide, and what they decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from consent.actors import holder
from idp.login.next import sign_in_link
from idp.protocol import details
from idp.protocol.prompts import Go, Refused, SignIn, Step
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import Answer
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

_TWICE = timedelta(seconds=20)
"""A second click comes within this time, or it is another story."""
_LOST = {"interaction_gone", "invalid_request_uri"}
"""What one of two who answer at once is told."""


class _Answered(Exception):
    """The person of this session answered the request a moment ago."""

    def __init__(self, asked: AuthorizationRequest, said: Answer) -> None:
        super().__init__()
        self.asked = asked
        self.said = said


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
    try:
        waiting, given = await _look(scene, request, take=True)
    except _Answered as before:
        return await _repeat(scene, request, before)
    if given is not None:
        return await _answered(scene, request, waiting, given)
    if isinstance(waiting.step, SignIn):
        return _sign_in(scene, request, waiting)
    if isinstance(waiting.step, Refused):
        return await _declined(scene, request, waiting)
    return _show(scene, request, waiting, errors={}, form=None)


async def decide(request: Request) -> Response:
    """POST /authorize/{interaction}: `decision` (allow, refuse), boxes `scope` and `consent`, radio `duration`."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    try:
        waiting, _ = await _look(scene, request, take=False)
        return await _decided(scene, request, waiting, form)
    except _Answered as before:
        return await _repeat(scene, request, before)
    except Refusal as refusal:
        if refusal.code not in _LOST:
            raise
    try:  # a second click was first, this very moment
        await _look(scene, request, take=False)
    except _Answered as before:
        return await _repeat(scene, request, before)
    raise Refusal("interaction_gone", "this request was answered already: go back to the app", status=404)


async def _decided(scene: Scene, request: Request, waiting: Waiting, form: Form) -> Response:
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


async def _look(scene: Scene, request: Request, *, take: bool) -> tuple[Waiting, Answer | None]:
    """What waits under this name. With `take`, the answer too when nothing is left to ask. Raises Refusal(404)."""
    name = request.path_params["interaction"]
    now = scene.ground.clock.now()
    who = browser.visitor(scene, request)

    def unit(db: Connection) -> tuple[Waiting, Answer | None]:
        session = browser.open_session(db, scene, who, now)
        asked, asked_at = _found(db, name, session, now)
        client = scene.clients.peek(db, asked.client_id)
        if client is None or not client.may_exchange:
            raise Refusal("client_suspended", "this app may not exchange data now", status=403)
        step = next_step(db, scene, client, asked, session, asked_at, now)
        left = agreements.questions(db, client, asked, session.person_id, now) if session else Questions()
        waiting = Waiting(asked, client, session, step, left)
        if take and session is not None and isinstance(step, Go):
            given = agreements.given(db, scene, client, asked, session, now)
            _finish(db, name, session, given, now)
            return waiting, given
        return waiting, None

    return await scene.ground.database.work(unit)


async def _allowed(scene: Scene, request: Request, waiting: Waiting, session: Session, form: Form) -> Response:
    name, now = request.path_params["interaction"], scene.ground.clock.now()
    kept = waiting.asked.scope - (waiting.left.words - frozenset(form.all("scope")))
    by = holder(session.person_id, context="consents_page", address=client_address(request))

    def unit(db: Connection) -> Answer:
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
            offered=waiting.left.words,
        )
        given = agreements.given(db, scene, waiting.client, waiting.asked, session, now)
        _finish(db, name, session, given, now)
        return given

    return await _answered(scene, request, waiting, await scene.ground.database.work(unit))


async def _refused(scene: Scene, request: Request, waiting: Waiting) -> Response:
    name, now = request.path_params["interaction"], scene.ground.clock.now()
    asked = waiting.asked

    said = {"error": "access_denied", "error_description": "the person refused", "state": asked.state}

    def unit(db: Connection) -> None:
        agreements.burn(db, asked, now)
        _finish(db, name, waiting.session, said, now)

    await scene.ground.database.work(unit)
    return await answers.deliver(scene, request, waiting.client, asked.destination, said)


async def _declined(scene: Scene, request: Request, waiting: Waiting) -> Response:
    """Nobody can agree to this: the app is told, the person is not asked."""
    step, asked = waiting.step, waiting.asked
    said = step if isinstance(step, Refused) else Refused("access_denied", "the request cannot be served")
    error = (said.error, said.description, asked.state)
    return await answers.error(scene, request, waiting.client, asked.destination, *error)


def _found(db: Connection, name: str, session: Session | None, now: datetime) -> tuple[AuthorizationRequest, datetime]:
    """What waits. Raises _Answered for who clicked twice, Refusal for what is over."""
    found = interactions.find(db, name, now)
    if found is not None:
        return found
    done = interactions.answered(db, name, now - _TWICE)
    if done is not None and session is not None and done[1]["session"] == session.id:
        raise _Answered(done[0], done[1]["said"])
    raise Refusal("interaction_gone", "this request is over or too old: start again from the app", status=404)


def _finish(db: Connection, name: str, session: Session | None, said: Answer, now: datetime) -> None:
    answer = {"session": session.id if session else None, "said": said}
    if not interactions.finish(db, name, answer, now):
        raise Refusal("interaction_gone", "this request was answered already: go back to the app", status=404)


async def _answered(scene: Scene, request: Request, waiting: Waiting, given: Answer) -> Response:
    return await answers.deliver(scene, request, waiting.client, waiting.asked.destination, given)


async def _repeat(scene: Scene, request: Request, before: _Answered) -> Response:
    """The same answer again, for who clicked twice: the browser dropped the first one."""
    client = await scene.clients.get(before.asked.client_id)
    if client is None:
        raise Refusal("unknown_client", "this app is not known here", status=400)
    return await answers.deliver(scene, request, client, before.asked.destination, before.said)


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
