"""«Mes applications»: the list, one app, and what the person may do with it: change, pause, resume, stop."""

from collections.abc import Mapping
from typing import Literal

from starlette.responses import Response

from kit.forms import Form
from portal.patient import agreements
from portal.patient.agreements import App
from portal.patient.cards import amending, stopping
from portal.patient.cards import apps as cards
from portal.patient.cards.amending import KEEP, Choice
from portal.patient.files import text_file
from portal.trouble import Changed
from portal.visit import Visit

_DONE: Mapping[str, tuple[str, str]] = {
    "modifier": ("success", "C’est changé. Un message vous le confirme."),
    "suspendre": ("success", "{app} est suspendue. Elle ne peut plus rien lire ni ajouter."),
    "reprendre": ("success", "{app} a repris. Vos accords sont ceux d’avant."),
}


async def listed(visit: Visit) -> Response:
    """GET /espace/applications."""
    apps = await agreements.apps(visit.api)
    issuer = visit.scene.settings.issuer
    shown = [cards.app_card(app, visit.now, issuer) for app in apps if app.current]
    return visit.show(
        "portal/apps.html",
        leads_to=[card.opens_at for card in shown if card.opens_at],
        apps=shown,
        past=[cards.past(app) for app in apps if not app.current],
        catalogue=visit.scene.settings.catalogue_uri,
    )


async def one(visit: Visit) -> Response:
    """GET /espace/applications/{grant}?fait=…"""
    app = await _app(visit)
    done = _DONE.get(visit.asked("fait"))
    flash = {"kind": done[0], "text": done[1].format(app=app.client.name)} if done else None
    detail = cards.detail(app, visit.now, visit.scene.settings.issuer)
    letter = stopping.letter(app, visit.name, visit.now) if detail.over else ""
    leads_to = [detail.card.opens_at] if detail.card.opens_at else []
    return visit.show("portal/app.html", leads_to=leads_to, detail=detail, letter=letter, flash=flash)


async def change(visit: Visit) -> Response:
    """GET /espace/applications/{grant}/modifier."""
    app = await _app(visit)
    if app.standing not in {"active", "paused"}:
        return visit.to(_page(app))
    card = amending.amend_card(app, amending.as_it_is(app), {}, visit.now)
    return visit.show("portal/app_change.html", card=card)


async def changed(visit: Visit) -> Response:
    """POST /espace/applications/{grant}/modifier: first what it changes is shown, then it is confirmed."""
    form = await visit.form()
    app = await _app(visit)
    version, choice = _version(form), Choice(form.all("consent"), form.get("duration", KEEP))
    if version != app.version:
        raise Changed(f"grant at version {app.version}, the page showed {version}")
    step = form.get("step")
    errors = amending.faults(app, choice)
    if errors or step == "edit":
        card = amending.amend_card(app, choice, errors, visit.now)
        return visit.show("portal/app_change.html", status=422 if errors else 200, card=card)
    if step != "confirm":
        return visit.show("portal/app_review.html", card=amending.review_card(app, choice, visit.now))
    duration = "" if choice.duration == KEEP else choice.duration
    await agreements.amend(visit.api, app.grant_id, version, choice.consents, duration)
    return visit.to(_page(app), fait="modifier")


async def paused(visit: Visit) -> Response:
    """POST /espace/applications/{grant}/suspendre."""
    return await _moved(visit, "pause", "suspendre")


async def resumed(visit: Visit) -> Response:
    """POST /espace/applications/{grant}/reprendre."""
    return await _moved(visit, "resume", "reprendre")


async def opened(visit: Visit) -> Response:
    """POST /espace/applications/{grant}/ouvrir: to the app, by an address that is good once and for this person."""
    await visit.form()
    app = await _app(visit)
    if not cards.opens(app):
        return visit.to(_page(app))
    return visit.to(await agreements.opening(visit.api, app.grant_id))


async def stop(visit: Visit) -> Response:
    """GET /espace/applications/{grant}/arreter: what it means, before it is done."""
    app = await _app(visit)
    if not app.current:
        return visit.to(_page(app))
    return visit.show(
        "portal/app_stop.html",
        name=app.client.name,
        page=_page(app),
        consequences=stopping.consequences(app),
        letter=stopping.letter(app, visit.name, visit.now),
        can_pause=app.standing == "active",
    )


async def stopped(visit: Visit) -> Response:
    """POST /espace/applications/{grant}/arreter. Stopping asks for no version: whatever changed meanwhile, it stops."""
    await visit.form()
    app = await agreements.move(visit.api, visit.request.path_params["grant"], "end", None)
    return visit.to(f"{_page(app)}/arretee")


async def farewell(visit: Visit) -> Response:
    """GET /espace/applications/{grant}/arretee."""
    app = await _app(visit)
    if app.current:
        return visit.to(_page(app))
    letter = stopping.letter(app, visit.name, visit.now)
    return visit.show("portal/app_stopped.html", name=app.client.name, page=_page(app), letter=letter)


async def letter(visit: Visit) -> Response:
    """GET /espace/applications/{grant}/lettre.txt."""
    return text_file("lettre.txt", stopping.letter(await _app(visit), visit.name, visit.now))


async def _moved(visit: Visit, verb: Literal["pause", "resume"], done: str) -> Response:
    form = await visit.form()
    app = await agreements.move(visit.api, visit.request.path_params["grant"], verb, _version(form))
    return visit.to(_page(app), fait=done)


async def _app(visit: Visit) -> App:
    return await agreements.app(visit.api, visit.request.path_params["grant"])


def _page(app: App) -> str:
    return f"{cards.BASE}/{app.grant_id}"


def _version(form: Form) -> int:
    """The version that the page showed; 0, which never was, when the form says none."""
    said = form.get("version")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
