"""Let Authlib, which is synchronous, answer one Starlette request: gather, work, deliver."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Error
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.scene import Scene
from idp.server import possession, quick
from idp.server.books import NeedsDatabase
from idp.server.call import Call, Reply, read_call
from idp.server.client_auth import prove
from idp.server.errors import InvalidRequestError
from idp.server.exchange import Exchange
from idp.server.ledger import Ledger
from idp.server.server import Server
from idp.server.slip import Slip
from idp.server.views import ClientView
from idp.tokens import sealing
from kit.http import client_address
from kit.limits import network_of
from kit.problems import Refusal

TOO_MANY = Reply(
    429,
    {"error": "too_many_requests", "error_description": "too many failed client authentications"},
    (("Retry-After", "60"),),
)
NOT_NOW = Reply(
    503,
    {"error": "temporarily_unavailable", "error_description": "no key of the client to encrypt the answer with"},
    (("Retry-After", "30"),),
)
MANY = frozenset({"resource", "audience"})
"""Parameters that may be given more than once (RFC 8707 §2, RFC 8693 §2.1)."""
Ask = Callable[[Server, Call], Reply]


async def answer(
    request: Request,
    ask: Ask,
    gather: quick.Gather,
    sealed: sealing.Answer | None = None,
    *,
    bound: bool = False,
) -> Response:
    """The endpoint's answer; `gather` reads at once what it will need; `sealed` is what it may have to encrypt.

    `bound`: what it gives may be bound to a key that the caller proves to hold.

    An error that is an answer commits what it did: a family ended by a replay stays ended.
    """
    scene: Scene = request.app.state.idp
    try:
        call = await read_call(request, scene.issuer, client_address(request))
    except Refusal as refusal:
        return Reply(400, {"error": refusal.code, "error_description": refusal.description}, ()).to_response()
    await scene.ring.keep_fresh()
    now = scene.ground.clock.now()
    proof = await prove(scene, call, now)
    if not isinstance(proof, ClientView) and not await _patient(scene, call):
        return TOO_MANY.to_response()
    if bound and isinstance(proof, ClientView) and possession.concerned(proof.client, request):
        try:
            call.binding = await possession.bind(scene, call, proof.client, request, now)
        except OAuth2Error as error:
            proof = error
    if sealed is not None and isinstance(proof, ClientView):
        try:
            call.recipient = await sealing.recipient(scene.keysets, proof.client, sealed)
        except sealing.NoRecipient:
            return NOT_NOW.to_response()
    reply = await _short_way(scene, call, ask, gather, proof, now) or await _long_way(scene, call, ask, proof, now)
    return reply.to_response()


@dataclass(frozen=True, slots=True)
class Come:
    """A client that proved who it is at a back-channel endpoint, and what it said."""

    call: Call
    client: Client
    now: datetime


async def come(request: Request) -> Come | Reply:
    """The client that calls, or what to answer whoever calls (for endpoints that Authlib knows nothing of)."""
    scene: Scene = request.app.state.idp
    try:
        call = await read_call(request, scene.issuer, client_address(request))
    except Refusal as error:
        return Reply(400, {"error": error.code, "error_description": error.description}, ())
    await scene.ring.keep_fresh()
    now = scene.ground.clock.now()
    proof = await prove(scene, call, now)
    if isinstance(proof, ClientView):
        return Come(call, proof.client, now)
    return refusal(proof) if await _patient(scene, call) else TOO_MANY


def refusal(error: OAuth2Error) -> Reply:
    """An OAuth error as an answer (RFC 6749 §5.2)."""
    status, body, headers = error()
    return Reply(status, body, headers)


async def _patient(scene: Scene, call: Call) -> bool:
    """Count a failed client authentication of an address; False when it had too many. Good ones are never counted."""
    return await scene.ground.limits.allow(
        "client authentication", network_of(call.address), scene.settings.rate_token_failures
    )


async def _short_way(
    scene: Scene, call: Call, ask: Ask, gather: quick.Gather, proof: ClientView | OAuth2Error, now: datetime
) -> Reply | None:
    """From memory, or with one statement before and one after; None when only a unit of work can settle it."""
    if not isinstance(proof, ClientView):
        return _settle(call, ask, Exchange(scene, now, proof, binding=call.binding))
    try:
        gathered = await gather(scene, call, proof.client, now)
        exchange = Exchange(
            scene,
            now,
            proof,
            books=gathered.slip,
            claims=gathered.claims,
            state=gathered.state,
            binding=call.binding,
            recipient=call.recipient,
        )
        reply = _settle(call, ask, exchange)
    except NeedsDatabase:
        return None
    if gathered.slip is not None and reply.status == 200 and not await _written(scene, gathered.slip):
        return None  # somebody else was first: the ledger knows what to say
    return reply


async def _written(scene: Scene, slip: Slip) -> bool:
    """Write what the slip says; False as soon as a statement finds no row."""
    lane = scene.ground.database.lane
    for statement, values in slip.later:
        if lane is None or await lane.one(statement, **values) is None:
            return False
    return True


async def _long_way(scene: Scene, call: Call, ask: Ask, proof: ClientView | OAuth2Error, now: datetime) -> Reply:
    """Within one transaction."""
    client = proof.client if isinstance(proof, ClientView) else None

    def unit(db: Connection) -> Reply:
        books = Ledger(db, scene, client)
        exchange = Exchange(scene, now, proof, db=db, books=books, binding=call.binding, recipient=call.recipient)
        return _settle(call, ask, exchange)

    return await scene.ground.database.work(unit)


def _settle(call: Call, ask: Ask, exchange: Exchange) -> Reply:
    server = Server(exchange)
    try:
        if any(len(values) > 1 and name not in MANY for name, values in call.payload.datalist.items()):
            raise InvalidRequestError("a parameter is given more than once")
        return ask(server, call)
    except OAuth2Error as error:
        return server.refuse(call, error)
