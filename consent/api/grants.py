"""`/consent/grants`: the holder's agreements with apps, read and changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from consent import days, decisions, grants_store, history
from consent.actors import Actor
from consent.api import cards
from consent.api.answers import consents_wish, found, json_body, person, wanted_version
from consent.days import Use
from consent.grants import Grant
from consent.scene import Scene
from kit.problems import Refusal

Verb = Callable[[Connection, Grant, Actor, datetime], Grant]


class Amend(msgspec.Struct, forbid_unknown_fields=True):
    """The whole list of what is agreed from now on, and a new period when one is given."""

    consents: list[str]
    duration: str | None = None
    version: int | None = None


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """A change without a content of its own."""

    version: int | None = None


async def listed(scene: Scene, request: Request) -> Response:
    """GET /consent/grants: the newest first; `status=current` leaves out those that have ended."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    only = request.query_params.get("status", "all")
    if only not in {"all", "current"}:
        raise Refusal("invalid_request", "status is all or current", status=400)

    def unit(db: Connection) -> list[dict[str, Any]]:
        permit = scene.access.decide(db, claims, consents_wish("s"), now)
        if only == "current":
            some = grants_store.alive_of_person(db, permit.person_id)
        else:
            some = grants_store.of_person(db, permit.person_id, scene.settings.grants_most)
        return _cards(db, scene, some, now)

    return found({"grants": await scene.ground.database.read(unit)})


async def one(scene: Scene, request: Request) -> Response:
    """GET /consent/grants/{grant}: one agreement with every version it had."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()

    def unit(db: Connection) -> dict[str, Any]:
        permit = scene.access.decide(db, claims, consents_wish("r"), now)
        grant = _theirs(db, scene, permit.person_id, request.path_params["grant"])
        versions = history.differences(grants_store.history(db, grant.id))
        return {
            **_card(db, scene, grant, now),
            "history": [cards.version(version, change) for version, change in reversed(versions)],
        }

    card = await scene.ground.database.read(unit)
    return found(card, version=card["version"])


async def amend(scene: Scene, request: Request) -> Response:
    """POST /consent/grants/{grant}/amend: what is agreed is replaced by the list given."""
    asked = await json_body(request, Amend)

    def verb(db: Connection, grant: Grant, by: Actor, now: datetime) -> Grant:
        return decisions.amend(db, scene, grant, asked.consents, asked.duration, by, now)

    return await _change(scene, request, asked.version, verb)


async def pause(scene: Scene, request: Request) -> Response:
    """POST /consent/grants/{grant}/pause."""
    asked = await json_body(request, Change)
    return await _change(
        scene, request, asked.version, lambda db, grant, by, now: decisions.pause(db, scene, grant, by, now)
    )


async def resume(scene: Scene, request: Request) -> Response:
    """POST /consent/grants/{grant}/resume."""
    asked = await json_body(request, Change)
    return await _change(
        scene, request, asked.version, lambda db, grant, by, now: decisions.resume(db, scene, grant, by, now)
    )


async def end(scene: Scene, request: Request) -> Response:
    """POST /consent/grants/{grant}/end: for good. Ending it twice changes nothing; without a version it always ends."""
    asked = await json_body(request, Change)
    seen = wanted_version(request, asked.version) is not None

    def verb(db: Connection, grant: Grant, by: Actor, now: datetime) -> Grant:
        return decisions.end(db, scene, grant, by, now, exactly=seen)

    return await _change(scene, request, asked.version, verb)


async def _change(scene: Scene, request: Request, said: int | None, verb: Verb) -> Response:
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    version = wanted_version(request, said)

    def unit(db: Connection) -> dict[str, Any]:
        permit = scene.access.decide(db, claims, consents_wish("u"), now)
        grant = _theirs(db, scene, permit.person_id, request.path_params["grant"])
        if version is not None and version != grant.version:
            raise Refusal("version_conflict", f"the grant is at version {grant.version}: read it again", status=409)
        by = person(request, permit.person_id)
        return _card(db, scene, verb(db, grant, by, now), now)

    card = await scene.ground.database.work(unit)
    return found(card, version=card["version"])


def _theirs(db: Connection, scene: Scene, person_id: str, grant_id: str) -> Grant:
    grant = grants_store.find(db, grant_id)
    client = scene.clients.peek(db, grant.client_id) if grant else None
    if grant is None or grant.person_id != person_id or (client is not None and client.first_party):
        raise Refusal("grant_unknown", "there is no such agreement of yours", status=404)
    return grant


def _card(db: Connection, scene: Scene, grant: Grant, now: datetime) -> dict[str, Any]:
    return _cards(db, scene, [grant], now)[0]


def _cards(db: Connection, scene: Scene, some: list[Grant], now: datetime) -> list[dict[str, Any]]:
    shown = []
    uses = days.uses(db, [grant.id for grant in some], now.date(), scene.settings.use_window_days) if some else {}
    for grant in some:
        client = scene.clients.peek(db, grant.client_id)
        if client is None or not client.first_party:
            shown.append(cards.grant(grant, client, uses.get(grant.id, Use()), now))
    return shown
