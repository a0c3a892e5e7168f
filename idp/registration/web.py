"""`/register`: clients that register themselves (RFC 7591), and look after their registration (RFC 7592)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clients import invitations, store
from clients.directory import possible
from clients.invitations import Invitation
from clients.records import Client, Status
from consent import decisions
from consent import scopes as consented
from idp.registration import answer, outside, records, statements, wanted
from idp.registration.records import Made
from idp.registration.wanted import OURS, invalid
from idp.scene import Scene
from idp.server.server import GRANTS
from kit.http import client_address, json_response
from kit.limits import network_of
from kit.problems import Refusal
from kit.secrets import digest, same
from kit.telemetry import log

LARGEST = 65_536
"""Bytes that a registration may have."""
TRUSTED_GRANTS = frozenset(
    {"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer"}
)
"""Act for people who are not there: given by who runs the house, never by registering."""

_UNSAID = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_decode = msgspec.json.Decoder(dict[str, Any]).decode
Answer = Callable[[Scene, Request], Awaitable[Response]]


def grants() -> frozenset[str]:
    """Grant types that a client may register for by itself; `implicit` where its profile knows it."""
    return frozenset({"implicit", *(grant.GRANT_TYPE for grant in GRANTS)}) - TRUSTED_GRANTS


def routes(scene: Scene) -> list[Route]:
    """One address to register, one for each registration."""

    async def register(request: Request) -> Response:
        return await _answered(_register, scene, request)

    async def registration(request: Request) -> Response:
        return await _answered(_DOES[request.method], scene, request)

    return [
        Route("/register", register, methods=["POST"]),
        Route("/register/{client_id}", registration, methods=["GET", "PUT", "DELETE"]),
    ]


async def _register(scene: Scene, request: Request) -> Response:
    """RFC 7591 §3: a new client. An invitation is used up only by a registration that succeeds."""
    settings, now = scene.settings.registration, scene.ground.clock.now()
    token = _bearer(request)
    invitation = await _invited(scene, token, now) if token else None
    if invitation is None and not settings.open:
        raise _unknown("an initial access token is needed", brought=False)
    await scene.ground.limits.demand("registration", network_of(client_address(request)), settings.rate)
    said = await statements.merged(scene, await _body(request))
    usual = (invitation and invitation.profile) or settings.profile
    ceiling = (invitation and invitation.scope) or consented.read(settings.scope)
    made = records.fresh(scene, wanted.read(said, settings, usual=usual, ceiling=ceiling, grants=grants()), now)
    await outside.check(scene, made.client)

    def unit(db: Connection) -> None:
        if token and not invitations.take(db, token, now):
            raise _unknown("the initial access token has been used up")
        store.add(db, made.client, now)

    await scene.ground.database.work(unit)
    log.info("client_registered", client_id=made.client.client_id, invitation=invitation.id if invitation else "")
    return _shown(scene, made, 201)


async def _show(scene: Scene, request: Request) -> Response:
    """RFC 7592 §2.1."""
    client, token = await _held(scene, request)
    return _shown(scene, Made(client, token, None), 200)


async def _change(scene: Scene, request: Request) -> Response:
    """RFC 7592 §2.2: the whole registration, in place of the one before."""
    client, token = await _held(scene, request)
    said = await _body(request)
    if said.get("client_id") != client.client_id:
        raise invalid("client_id: the one of this registration")
    chosen = (OURS - {"client_id", "client_secret"}) & said.keys()
    if chosen:
        raise invalid(f"{min(chosen)}: not for the client to say")
    records.unchanged_secret(scene, client, said.get("client_secret"))
    said = await statements.merged(scene, said)
    settings = scene.settings.registration
    if said.get("profile", client.profile) not in (client.profile, None):
        raise invalid("profile: stays as it was registered")
    ceiling = client.scope | consented.read(settings.scope) if settings.open else client.scope
    asked = wanted.read(said, settings, usual=client.profile, ceiling=ceiling, grants=grants() | client.grant_types)
    made = records.changed(scene, client, asked, token)
    kept = replace(made.client, options=_trusted(client, made.client))
    await outside.check(scene, kept)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> None:
        if store.held(db, client.client_id) != client:
            raise Refusal("invalid_request", "it was changed meanwhile: read it again", status=409)
        store.replace(db, kept, now)

    await scene.ground.database.work(unit)
    scene.clients.forget(client.client_id)
    log.info("client_changed", client_id=client.client_id)
    return _shown(scene, Made(kept, token, made.secret), 200)


async def _remove(scene: Scene, request: Request) -> Response:
    """RFC 7592 §2.3. Its links end with it, and each person is told; its name stays, for the journal."""
    client, _ = await _held(scene, request)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> None:
        store.set_status(db, client.client_id, Status.DELISTED, now)
        store.set_registration(db, client.client_id, None, now)

    await scene.ground.database.work(unit)
    scene.clients.forget(client.client_id)
    log.info("client_removed", client_id=client.client_id)
    end = partial(_end_some, scene=scene, client_id=client.client_id)
    while await scene.ground.database.work(end):
        pass
    return Response(status_code=204, headers={"cache-control": "no-store", "pragma": "no-cache"})


_DOES: dict[str, Answer] = {"GET": _show, "HEAD": _show, "PUT": _change, "DELETE": _remove}


def _end_some(db: Connection, scene: Scene, client_id: str) -> int:
    return decisions.end_of_client(db, scene.consent, client_id, scene.ground.clock.now())


def _trusted(before: Client, after: Client) -> Any:
    """What only who runs the house says of a client outlives its own changes."""
    kept = {name: getattr(before.options, name) for name in wanted.NOT_THEIRS}
    return msgspec.structs.replace(after.options, **kept)


async def _invited(scene: Scene, token: str, now: datetime) -> Invitation:
    found = await scene.ground.database.read(lambda db: invitations.find(db, token, now))
    if found is None:
        raise _unknown("the initial access token is not good")
    return found


async def _held(scene: Scene, request: Request) -> tuple[Client, str]:
    """The client of this address, for the holder of its registration token. Who is not learns nothing of it."""
    token, client_id = _bearer(request), str(request.path_params["client_id"])
    client = None
    if token and possible(client_id):
        client = await scene.ground.database.read(lambda db: store.find(db, client_id))
    mark = client.registration_digest if client else None
    if client is None or mark is None or not same(mark, digest(token)) or client.status is Status.DELISTED:
        raise _unknown("the registration access token is not good", brought=bool(token))
    return client, token


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _body(request: Request) -> dict[str, Any]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise invalid("the registration is application/json")
    text = await request.body()
    if len(text) > LARGEST:
        raise invalid(f"at most {LARGEST} bytes")
    try:
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise invalid("the registration is a JSON object") from error


async def _answered(does: Answer, scene: Scene, request: Request) -> Response:
    """Every refusal as RFC 7591 §3.2.2 writes it; one for a wrong token is RFC 6750's, and counted."""
    try:
        try:
            return await does(scene, request)
        except Refusal as refusal:
            if refusal.status == 401:
                await _count(scene, request)
            raise
    except Refusal as refusal:
        words = _UNSAID.sub("?", refusal.description.replace("§", "section "))[:300]
        said = {"error": refusal.code, "error_description": words}
        log.info("registration_refused", code=refusal.code, why=refusal.detail or refusal.description)
        return json_response(said, status=refusal.status, headers=refusal.headers, store=False)


async def _count(scene: Scene, request: Request) -> None:
    """Raises Refusal(429)."""
    address = network_of(client_address(request))
    await scene.ground.limits.demand("registration: wrong tokens", address, scene.settings.registration.rate)


def _unknown(words: str, *, brought: bool = True) -> Refusal:
    """RFC 6750 §3.1: the challenge names an error only where a token was brought."""
    error = f' error="invalid_token", error_description="{words}"' if brought else ""
    return Refusal("invalid_token", words, status=401, headers={"www-authenticate": f"Bearer{error}"})


def _shown(scene: Scene, made: Made, status: int) -> Response:
    body = answer.shown(made.client, scene.issuer, made.token, made.secret)
    return json_response(body, status=status, store=False)
