"""The consents page of a pairing (R158–R160): the app sent the person here with its tokens already in hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from consent import decisions, grants_store, labels, scopes
from consent.actors import holder
from consent.grants import Grant, Standing, Status, standing, told
from idp.login.next import sign_in_link
from idp.protocol import details
from idp.protocol.responses import location
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.records import Session
from idp.web import answers, cards
from kit import forms
from kit.forms import Form
from kit.http import client_address
from kit.problems import Refusal


@dataclass(frozen=True, slots=True)
class Pairing:
    """The link to set up, its app, and who is at the browser."""

    grant: Grant
    client: Client
    session: Session | None
    now: datetime

    @property
    def wanted(self) -> frozenset[str]:
        """What may be agreed: asked by the app, allowed by the catalogue."""
        return scopes.possible(self.grant.scope, self.client.consents)

    @property
    def theirs(self) -> bool:
        """True when the person at the browser is the one the link is about."""
        return self.session is not None and self.session.person_id == self.grant.person_id


async def page(request: Request) -> Response:
    """GET /pairings/{pairing}/consents."""
    scene: Scene = request.app.state.idp
    pairing = await _look(scene, request)
    if pairing.session is None:
        return _sign_in(scene, request)
    if not pairing.theirs:
        return _other(scene, request, pairing)
    return _show(scene, request, pairing, errors={}, form=None)


async def decide(request: Request) -> Response:
    """POST /pairings/{pairing}/consents: `decision`, the boxes `consent`, the radio `duration`."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    pairing = await _look(scene, request)
    if pairing.session is None:
        return _sign_in(scene, request)
    if not pairing.theirs:
        return _other(scene, request, pairing)
    decision = form.get("decision")
    if decision not in {"allow", "refuse"}:
        return _show(scene, request, pairing, errors={"decision": "Choisissez : autoriser ou refuser."}, form=form)
    errors = cards.mistakes(form, pairing.wanted) if decision == "allow" else {}
    if errors:
        return _show(scene, request, pairing, errors=errors, form=form)
    by = holder(pairing.session.person_id, context="consents_page", address=client_address(request))
    consents = frozenset(form.all("consent"))

    def carry_out(db: Connection, grant: Grant) -> Grant:
        if decision == "refuse":
            return decisions.refuse(db, scene.consent, grant, by, pairing.now)
        return decisions.agree(db, scene.consent, grant, consents, form.get("duration"), by, pairing.now)

    def done(grant: Grant) -> bool:
        if decision == "refuse":
            return grant.status is Status.ENDED
        return grant.status is Status.ACTIVE and grant.consents == consents

    return _back(scene, request, await _settle(scene, pairing.grant, carry_out, done), pairing.now)


async def _settle(
    scene: Scene, grant: Grant, carry_out: Callable[[Connection, Grant], Grant], done: Callable[[Grant], bool]
) -> Grant:
    """Carry a decision out. A click that came twice counts once: whoever is second finds it done. Raises Refusal."""
    try:
        return await scene.ground.database.work(lambda db: carry_out(db, grant))
    except Refusal as refusal:
        if refusal.code != "version_conflict":
            raise

    def again(db: Connection) -> Grant:
        known = grants_store.find(db, grant.id) or grant
        return known if done(known) else carry_out(db, known)

    return await scene.ground.database.work(again)


async def _look(scene: Scene, request: Request) -> Pairing:
    """The pairing of the address. Raises Refusal(404 or 410)."""
    who, now = browser.visitor(scene, request), scene.ground.clock.now()

    def unit(db: Connection) -> Pairing:
        grant = grants_store.by_pairing(db, request.path_params["pairing"])
        client = scene.clients.peek(db, grant.client_id) if grant else None
        if grant is None or client is None:
            raise Refusal("pairing_unknown", "no pairing has this name", status=404)
        if standing(grant, now) in {Standing.ENDED, Standing.EXPIRED}:
            raise Refusal("pairing_ended", "this pairing is over: start again from the app", status=410)
        return Pairing(grant, client, browser.open_session(db, scene, who, now), now)

    return await scene.ground.database.read(unit)


def _show(scene: Scene, request: Request, pairing: Pairing, *, errors: dict[str, str], form: Form | None) -> Response:
    grant = pairing.grant
    current = ""
    if grant.consents:
        current = f"Aujourd’hui, {pairing.client.name} {labels.sentence(grant.consents)}."
    return scene.ground.pages.render(
        request,
        "authorize/consents.html",
        status=422 if errors else 200,
        form_action=[grant.return_uri] if grant.return_uri else [],
        errors=errors,
        current=current,
        card=cards.ask(pairing.client, pairing.wanted, frozenset(), grant.scope, form, details.words(grant.details)),
    )


def _back(scene: Scene, request: Request, grant: Grant, now: datetime) -> Response:
    """To the app, at the address it gave when it paired; to the person's own list when it gave none."""
    if not grant.return_uri:
        return RedirectResponse("/espace/applications", 303, headers={"cache-control": "no-store"})
    said = {"pairing_id": grant.pairing_id, "status": str(told(grant, now)), "state": grant.app_state}
    return answers.redirect(location(grant.return_uri, said, issuer=scene.issuer))


def _sign_in(scene: Scene, request: Request) -> Response:
    return RedirectResponse(sign_in_link(scene, request.url.path), 303, headers={"cache-control": "no-store"})


def _other(scene: Scene, request: Request, pairing: Pairing) -> Response:
    return scene.ground.pages.render(request, "authorize/consents_other.html", status=403, app=pairing.client.name)
