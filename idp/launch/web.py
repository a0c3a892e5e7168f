"""`POST /launches`: a portal of ours opens an app for the person who is signed in there (SMART App Launch 2.2 §2.0.6).

Only for the person's own portal, with the token that reads their agreements, and only towards an app that they have an
agreement with. What is handed out is an address: the app's own, with who we are and a value that means this launch.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clients.records import Client
from consent import grants, grants_store
from consent.api import answers
from consent.grants import Standing
from consent.scene import Scene as ConsentScene
from idp.launch import store
from idp.protocol.metadata import Facts
from idp.scene import Scene
from kit.guard import AccessClaims
from kit.problems import Refusal

PATH = "/launches"
_STANDS = {Standing.ACTIVE, Standing.PENDING, Standing.PAUSED}


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The agreement whose app to open."""

    grant_id: str


def routes(scene: Scene) -> list[Route]:
    """The one address."""

    async def launch(_: ConsentScene, request: Request) -> Response:
        return await prepare(scene, request)

    return [Route(PATH, answers.endpoint(scene.consent, launch), methods=["POST"])]


def announced(known: Facts) -> dict[str, Any]:
    """Our own member: where a portal of ours opens apps."""
    return {"portal_launch_endpoint": f"{known.issuer}{PATH}"}


async def prepare(scene: Scene, request: Request) -> Response:
    """201 with `launch_uri`, where to send the browser, and `expires_in`, seconds. Raises Refusal."""
    claims, now = await scene.tokens.admit(request), scene.ground.clock.now()
    asked = await answers.json_body(request, Wanted)

    def unit(db: Connection) -> str:
        permit = scene.consent.access.decide(db, claims, answers.consents_wish("r"), now)
        if permit.acting != "person":
            raise Refusal("own_only", "only the person's own portal opens apps", status=403)
        client = _theirs(db, scene, permit.person_id, asked.grant_id, now)
        return _address(db, scene, client, permit.person_id, claims, now)

    address = await scene.ground.database.work(unit)
    seconds = int(scene.settings.launch_lifetime.total_seconds())
    return answers.found({"launch_uri": address, "expires_in": seconds}, status=201)


def _theirs(db: Connection, scene: Scene, person_id: str, grant_id: str, now: datetime) -> Client:
    """The app of a standing agreement of that person. Raises Refusal(404), the same for another person's."""
    grant = grants_store.find(db, grant_id)
    client = scene.clients.peek(db, grant.client_id) if grant and grant.person_id == person_id else None
    if grant is None or client is None or client.first_party or grants.standing(grant, now) not in _STANDS:
        raise Refusal("grant_unknown", "there is no such agreement of yours", status=404)
    if not client.may_exchange or not client.options.opens:
        raise Refusal("launch_unavailable", "this app cannot be opened from here", status=404)
    return client


def _address(db: Connection, scene: Scene, client: Client, person_id: str, claims: AccessClaims, now: datetime) -> str:
    """SMART's launch where the app has one; else OpenID Connect Core §4, which says who asks and nothing more."""
    if not client.options.launch_uri:
        return _with(client.options.initiate_login_uri, iss=scene.issuer)
    if not claims.session_id:
        raise Refusal("own_only", "a token of the person's own session is needed", status=403)
    value = store.save(
        db,
        client_id=client.client_id,
        person_id=person_id,
        session_id=claims.session_id,
        now=now,
        expires_at=now + scene.settings.launch_lifetime,
    )
    return _with(client.options.launch_uri, iss=scene.resources[0], launch=value)


def _with(address: str, **more: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(more))))))
