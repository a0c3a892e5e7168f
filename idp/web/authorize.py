"""The authorization endpoint (RFC 6749 §3.1): check, let the person prove who they are and decide, answer the app."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from idp.login.next import sign_in_link
from idp.protocol import checks, hints
from idp.protocol.checks import ToClient
from idp.protocol.prompts import Agree, Go, Refused, SignIn, Step
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import location
from idp.scene import Scene
from idp.sessions import browser, store
from idp.sessions.records import Session
from idp.tokens import interactions
from idp.web import agreements, answers, silent, steps
from idp.web.parameters import parameters


async def authorize(request: Request) -> Response:
    """GET or POST /authorize."""
    scene: Scene = request.app.state.idp
    lists = await parameters(request)
    client_id = (lists.get("client_id") or [""])[-1]
    client, redirect_uri = checks.destination(lists, await scene.clients.get(client_id) if client_id else None)
    try:
        asked = checks.check(
            lists, client, redirect_uri, resources=(scene.issuer, *scene.resources), subject_of=_subject_of(scene)
        )
    except ToClient as error:
        return answers.error(scene, error.redirect_uri, error.error, error.description, error.state)
    now = scene.ground.clock.now()
    who = browser.visitor(scene, request)
    code = await silent.code(scene, client, asked, who.session_secret, now)
    if code is not None:
        return _deliver(scene, asked, Go(), code)

    def unit(db: Connection) -> tuple[Step, str | None]:
        session = browser.open_session(db, scene, who, now)
        if session is not None and store.due(session, now):
            store.seen(db, session.id, now)
        step = next_step(db, scene, client, asked, session, now, now)
        if isinstance(step, Go) and session is not None:
            return step, agreements.code(db, scene, client, asked, session, now)
        if isinstance(step, Refused):
            return step, None
        return step, interactions.save(db, asked, now, now + scene.settings.interaction_lifetime)

    step, value = await scene.ground.database.work(unit)
    return _deliver(scene, asked, step, value)


def next_step(
    db: Connection,
    scene: Scene,
    client: Client,
    asked: AuthorizationRequest,
    session: Session | None,
    asked_at: datetime,
    now: datetime,
) -> Step:
    """What must be asked of the person of this session before this app is answered."""
    verdict = agreements.verdict(db, client, asked, session.person_id, now) if session else None
    return steps.settle(scene, client, asked, session, verdict, asked_at, now)


def _deliver(scene: Scene, asked: AuthorizationRequest, step: Step, value: str | None) -> Response:
    match step:
        case Go():
            return answers.redirect(
                location(asked.redirect_uri, {"code": value, "state": asked.state}, issuer=scene.issuer)
            )
        case Refused(error, description):
            return answers.error(scene, asked.redirect_uri, error, description, asked.state)
        case SignIn(_, fresh_since):
            path, towards = f"/authorize/{value}", asked.redirect_uri
            link = sign_in_link(scene, path, fresh_since=fresh_since, hint=asked.login_hint, towards=towards)
            return RedirectResponse(link, 303, headers={"cache-control": "no-store"})
        case Agree():
            return RedirectResponse(f"/authorize/{value}", 303, headers={"cache-control": "no-store"})


def _subject_of(scene: Scene) -> Callable[[str], str | None]:
    def read(token: str) -> str | None:
        hint = hints.read(token, scene.ring.verifying(), scene.issuer)
        return hint.subject if hint else None

    return read
