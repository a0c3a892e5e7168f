"""The authorization endpoint (RFC 6749 §3.1): check, let the person prove who they are and decide, answer the app."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from idp.launch import store as launches
from idp.login.next import sign_in_link
from idp.protocol import checks, hints
from idp.protocol.checks import ToClient
from idp.protocol.prompts import Agree, Go, Refused, SignIn, Step
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import Answer
from idp.scene import Scene
from idp.sessions import browser, store
from idp.sessions.records import Session
from idp.tokens import interactions, pushed
from idp.web import agreements, answers, silent, sources, steps
from idp.web.parameters import parameters
from kit.problems import Refusal


async def authorize(request: Request) -> Response:
    """GET or POST /authorize."""
    scene: Scene = request.app.state.idp
    lists = await parameters(request)
    client_id = (lists.get("client_id") or [""])[-1]
    client = checks.known(await scene.clients.get(client_id) if client_id else None, scene.settings.profiles)
    now = scene.ground.clock.now()
    try:
        asked = await _asked(scene, lists, client, now)
    except ToClient as error:
        return await answers.error(scene, request, client, error.to, error.error, error.description, error.state)
    who = browser.visitor(scene, request)
    code = await silent.code(scene, client, asked, who.session_secret, now)
    if code is not None:
        return await answers.deliver(scene, request, client, asked.destination, {"code": code, "state": asked.state})

    def unit(db: Connection) -> tuple[Step, Answer | str | None]:
        session = browser.open_session(db, scene, who, now)
        if session is not None and store.due(session, now):
            store.seen(db, session.id, now)
        step = next_step(db, scene, client, asked, session, now, now)
        if isinstance(step, Go) and session is not None:
            return step, agreements.given(db, scene, client, asked, session, now)
        if isinstance(step, Refused):
            return step, None
        return step, interactions.save(db, asked, now, now + scene.settings.interaction_lifetime)

    step, value = await scene.ground.database.work(unit)
    if value is not None and not isinstance(value, str):
        return await answers.deliver(scene, request, client, asked.destination, value)
    return await _ask(scene, request, client, asked, step, value)


async def _asked(scene: Scene, lists: checks.Lists, client: Client, now: datetime) -> AuthorizationRequest:
    """The request, checked now or when it was pushed. Raises ToClient, or Refusal where only the person may be told."""
    try:
        source = await sources.read(scene, lists, client, now)
    except Refusal as refusal:
        if not lists.get("redirect_uri") or lists.get("request_uri", [""])[0].startswith(pushed.PREFIX):
            raise
        raise checks.to_client(lists, client, refusal) from refusal
    if source.pushed is not None:
        checks.allowed(client, source.pushed.redirect_uri)
        return source.pushed
    redirect_uri = checks.destination(source.lists, client)
    return checks.check(
        source.lists, client, redirect_uri, resources=(scene.issuer, *scene.resources), subject_of=subject_of(scene)
    )


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
    if asked.launch is not None and not launches.good(db, asked.launch, client.client_id, session, asked_at):
        return Refused("invalid_request", "launch is not good: unknown, used, too old, or another person's")
    verdict = agreements.verdict(db, client, asked, session.person_id, now) if session else None
    return steps.settle(scene, client, asked, session, verdict, asked_at, now)


async def _ask(
    scene: Scene, request: Request, client: Client, asked: AuthorizationRequest, step: Step, name: str | None
) -> Response:
    """The request waits under `name` for the person, or is refused without them."""
    match step:
        case Refused(error, description):
            return await answers.error(scene, request, client, asked.destination, error, description, asked.state)
        case SignIn(_, fresh_since):
            path, towards = f"/authorize/{name}", asked.redirect_uri
            link = sign_in_link(scene, path, fresh_since=fresh_since, hint=asked.login_hint, towards=towards)
            return RedirectResponse(link, 303, headers={"cache-control": "no-store"})
        case Agree() | Go():
            return RedirectResponse(f"/authorize/{name}", 303, headers={"cache-control": "no-store"})


def subject_of(scene: Scene) -> Callable[[str], str | None]:
    """Who an id token of ours is about; None when it is not ours."""

    def read(token: str) -> str | None:
        hint = hints.read(token, scene.ring.verifying(), scene.issuer)
        return hint.subject if hint else None

    return read
