"""The page where a person answers a request made elsewhere: the app, what it asks, yes or no."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from consent.actors import holder
from idp.decoupled import deciding, store
from idp.decoupled.deciding import Choices
from idp.decoupled.records import Demand
from idp.login.next import sign_in_link
from idp.protocol import details
from idp.protocol.prompts import Refused, SignIn, Step
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.records import Session
from idp.web import agreements, cards
from idp.web.agreements import Questions
from idp.web.authorize import next_step
from kit import forms
from kit.forms import Form
from kit.http import client_address
from kit.problems import Refusal

Told = Callable[[Connection, Scene, Client, Demand, datetime], None]
"""What follows an answer, in its own transaction."""


@dataclass(frozen=True, slots=True)
class Before:
    """A request, the browser's session, and what must happen next."""

    demand: Demand
    client: Client
    session: Session | None
    step: Step
    left: Questions
    now: datetime


async def look(scene: Scene, request: Request, kind: str) -> Before:
    """What stands under the name in the address. Raises Refusal(404 or 403)."""
    name, now, who = request.path_params["demand"], scene.ground.clock.now(), browser.visitor(scene, request)

    def unit(db: Connection) -> Before:
        demand = store.find(db, kind, name)
        client = scene.clients.peek(db, demand.client_id) if demand else None
        session = browser.open_session(db, scene, who, now)
        if demand is None or client is None or not _theirs(demand, session):
            raise Refusal("demand_unknown", "no request of this name waits for you", status=404)
        if not client.may_exchange:
            raise Refusal("client_suspended", "this app may not exchange data now", status=403)
        step = next_step(db, scene, client, demand.asked, session, demand.created_at, now)
        left = agreements.questions(db, client, demand.asked, session.person_id, now) if session else Questions()
        return Before(demand, client, session, step, left, now)

    return await scene.ground.database.read(unit)


def sign_in(scene: Scene, request: Request, before: Before) -> str:
    """Where the person proves who they are, and comes back."""
    since = before.step.fresh_since if isinstance(before.step, SignIn) else None
    return sign_in_link(scene, request.url.path, fresh_since=since)


def must_sign_in(before: Before) -> bool:
    """True when a proof is needed first."""
    return before.session is None or isinstance(before.step, SignIn)


async def decide(scene: Scene, request: Request, before: Before, show: "Show", told: Told | None = None) -> Response:
    """POST `decision` (allow, refuse), boxes `scope` and `consent`, radio `duration`; then the page says what was done.

    `before` is a request that is open, its person proven.
    """
    form = await forms.read(request, scene.ground.csrf)
    demand, client, session = before.demand, before.client, before.session
    if session is None:
        raise Refusal("session_ended", "sign in first", status=403)
    decision, now = form.get("decision"), before.now
    if decision not in {"allow", "refuse"}:
        return show({"decision": "Choisissez : autoriser ou refuser."}, form)
    if decision == "allow" and isinstance(before.step, Refused):
        raise Refusal("not_possible", "this request cannot be allowed", status=403)
    errors = cards.mistakes(form, before.left.consents) if decision == "allow" else {}
    if errors:
        return show(errors, form)
    by = holder(session.person_id, context="consents_page", address=client_address(request))
    choices = Choices(
        demand.asked.scope - (before.left.words - frozenset(form.all("scope"))),
        frozenset(form.all("consent")) & before.left.consents,
        form.get("duration"),
        before.left.words,
    )

    def unit(db: Connection) -> None:
        if decision == "refuse":
            after = deciding.refuse(db, client, demand, by, now)
        else:
            after = deciding.allow(db, scene, client, demand, session, by, choices, now)
        if told is not None:
            told(db, scene, client, after, now)

    try:
        await scene.ground.database.work(unit)
    except Refusal as refusal:
        if refusal.code != deciding.OVER:  # somebody clicked twice, or answered elsewhere: the page says what was done
            raise
    return RedirectResponse(request.url.path, 303, headers={"cache-control": "no-store"})


Show = Callable[[dict[str, str], Form | None], Response]
"""Shows the page of the decision, with what is wrong and what was ticked."""


def card(before: Before, form: Form | None) -> dict[str, Any]:
    """What the page of the decision shows of the app and of what it asks."""
    left, asked = before.left, before.demand.asked
    return {
        "card": cards.ask(before.client, left.consents, left.words, asked.scope, form, details.words(asked.details)),
        "asked_at": before.demand.created_at,
        "impossible": isinstance(before.step, Refused),
    }


def _theirs(demand: Demand, session: Session | None) -> bool:
    """Whoever knows the code of a device may answer it; what was answered, and what is asked of someone, is theirs."""
    if demand.person_id is None:
        return True
    return session is not None and session.person_id == demand.person_id
