"""Let Authlib, which is synchronous, answer one Starlette request: gather, work, deliver."""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import OAuth2Error
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.protocol import assertion
from idp.scene import Scene
from idp.server.call import Call, Reply, read_call
from idp.server.client_auth import basic_pair
from idp.server.errors import InvalidRequestError
from idp.server.exchange import Exchange, NeedsDatabase
from idp.server.server import Server
from kit.http import client_address
from kit.problems import Refusal

Ask = Callable[[Server, Call], Reply]

_FROM_MEMORY = {"client_credentials"}
"""Grant types that need no database when the client is known: nothing is read, nothing is written."""


async def answer(request: Request, ask: Ask, *, writes: bool = True) -> Response:
    """The endpoint's answer. An error that is an answer commits what it did: a family ended by a replay stays ended."""
    scene: Scene = request.app.state.idp
    try:
        call = await read_call(request, scene.issuer, client_address(request))
    except Refusal as refusal:
        return Reply(400, {"error": refusal.code, "error_description": refusal.description}, ()).to_response()
    await scene.ring.keep_fresh()
    client = await _known(scene, call)
    now = scene.ground.clock.now()

    def unit(db: Connection | None) -> Reply:
        server = Server(Exchange(scene, now, db, client))
        try:
            if any(len(values) > 1 for values in call.payload.datalist.values()):
                raise InvalidRequestError("a parameter is given more than once")
            return ask(server, call)
        except OAuth2Error as error:
            return server.refuse(call, error)

    if client is not None and call.form.get("grant_type") in _FROM_MEMORY:
        try:
            return unit(None).to_response()
        except NeedsDatabase:
            pass
    run = scene.ground.database.work if writes else scene.ground.database.read
    reply: Reply = await run(unit)
    return reply.to_response()


async def _known(scene: Scene, call: Call) -> Client | None:
    """The client that the call names, read before the unit of work and proven within it."""
    named = call.form.get("client_id") or assertion.claimed_client(call.form.get("client_assertion", ""))
    if not named:
        pair = basic_pair(call.headers.get("authorization", ""))
        named = pair[0] if pair else None
    return await scene.clients.get(named) if named else None
