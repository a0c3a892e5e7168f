"""The home page, and the decisions about children."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.responses import Response

from kit.http import request_id
from kit.telemetry import log
from portal.patient import agreements, dossier
from portal.patient.cards.home import home_card
from portal.patient.cards.tiles import Tile, tiles
from portal.patient.kinds import GLUCOSE
from portal.patient.measures import chosen_unit
from portal.sign_ins import HOME
from portal.trouble import Missing, Refused, Unreachable
from portal.visit import Visit

T = TypeVar("T")

_LINES = 40
_DONE = {
    "activer": "L’espace de votre enfant est activé.",
    "refuser": "Votre refus est enregistré. Vous pouvez changer d’avis à tout moment.",
}
_DECISIONS = {"activate": "activer", "object": "refuser"}


async def home(visit: Visit) -> Response:
    """GET /espace/: everything at once; what does not answer is said in its place."""
    space, apps, lines, latest = await asyncio.gather(
        _part(visit, agreements.space(visit.api)),
        _part(visit, agreements.apps(visit.api)),
        _part(visit, agreements.journal(visit.api, _LINES)),
        _part(visit, _latest(visit)),
    )
    if space is None and apps is None and lines is None:
        raise Unreachable("nothing answers")
    entries = lines.entries if lines else None
    card = home_card(visit.api.session.who.given, space, apps, entries, visit.now, visit.scene.settings.issuer)
    done = _DONE.get(visit.asked("fait"))
    settings = visit.scene.settings
    return visit.show(
        "portal/home.html",
        card=card,
        latest=latest,
        security=settings.issuer + settings.sessions_path,
        activation=settings.issuer + settings.activation_path,
        flash={"kind": "success", "text": done} if done else None,
    )


async def decided(visit: Visit) -> Response:
    """POST /espace/enfants/{child}: activate the child's space, or object to it (R033)."""
    form = await visit.form()
    decision = form.get("decision")
    if decision not in _DECISIONS:
        raise Missing("no such decision")
    await agreements.decide(visit.api, visit.request.path_params["child"], decision)
    return visit.to(HOME, fait=_DECISIONS[decision])


async def _latest(visit: Visit) -> Tile | None:
    """The last glucose value, drawn small with those before it; else the last value of any kind."""
    trend = await dossier.latest(visit.api, GLUCOSE, 96)
    found = trend or await dossier.others(visit.api)
    last = found[-1:]
    shown = tiles(dossier.last_of_each(last), trend, chosen_unit(visit), visit.now)
    return shown[0] if last else None


async def _part(visit: Visit, part: Awaitable[T]) -> T | None:
    try:
        return await part
    except (Unreachable, Refused) as trouble:
        log.warning("portal_part", request_id=request_id(visit.request), trouble=str(trouble))
        return None
