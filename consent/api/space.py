"""`/consent/space` and `/consent/children`: the holder's own space, and those of the children they decide for."""

from typing import Any

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from consent import mandates, spaces_store
from consent.api import cards
from consent.api.answers import SPACE, consents_wish, found, json_body, person
from consent.mandates import Decision
from consent.scene import Scene


class Decided(msgspec.Struct, forbid_unknown_fields=True):
    """What the parent decides."""

    decision: Decision


async def own(scene: Scene, request: Request) -> Response:
    """GET /consent/space: its state and dates, and the children who wait for a decision (R033)."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()

    def unit(db: Connection) -> dict[str, Any]:
        permit = scene.access.decide(db, claims, SPACE, now)
        space = spaces_store.find(db, permit.person_id)
        some = mandates.children(db, permit.person_id, now)
        return {**cards.space(space, permit.person_id), "children": [cards.child(one) for one in some]}

    return found(await scene.ground.database.read(unit))


async def decide(scene: Scene, request: Request) -> Response:
    """POST /consent/children/{child}/decision {"decision": "activate" | "object"} (R104)."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    decided = await json_body(request, Decided)

    def unit(db: Connection) -> dict[str, Any]:
        permit = scene.access.decide(db, claims, consents_wish("u"), now)
        by = person(request, permit.person_id)
        return cards.child(mandates.decide(db, by, request.path_params["child"], decided.decision, now))

    return found(await scene.ground.database.work(unit))
