"""POST /bc-authorize (CIBA §7): an app asks for a person who is not at its screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.accounts import store as accounts
from idp.ciba import modes, notify, people, requests, signed, user_codes
from idp.ciba.requests import Asked
from idp.ciba.signed import Signed
from idp.decoupled import asking, store
from idp.decoupled.records import CIBA, Demand
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.server import bridge
from idp.server.bridge import Come
from idp.server.call import Call, Reply
from idp.tokens import revoked
from kit import jose
from kit.ids import new
from kit.problems import Refusal
from kit.secrets import issue
from notices.send import Address

PATH = "/bc-authorize"
PAGE = "/ciba"


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that was read, checked and counted: what is left is to keep it."""

    asked: AuthorizationRequest
    own: Asked
    person_id: str
    signed: Signed | None


async def bc_authorize(request: Request) -> Response:
    """What may take time (keys, counters) comes before the unit of work; what must be once, within it."""
    scene: Scene = request.app.state.idp
    come = await bridge.come(request)
    if isinstance(come, Reply):
        return come.to_response()
    try:
        ready = await _ready(scene, come.call, come.client, come.now)
        body = await scene.ground.database.work(lambda db: _keep(db, scene, come, ready))
    except Refusal as refusal:
        return asking.reply(refusal).to_response()
    return Reply(200, body, ()).to_response()


async def _ready(scene: Scene, call: Call, client: Client, now: datetime) -> Ready:
    """Raises Refusal."""
    if why := modes.unfit(client):
        raise Refusal("unauthorized_client", why)
    given = await _signed(scene, call, client, now)
    lists: Mapping[str, list[str]] = given.lists if given else call.payload.datalist
    own = requests.read(lists, client, usual=scene.settings.ciba_lifetime, most=scene.settings.ciba_most)
    asked = asking.read(lists, client, (scene.issuer, *scene.resources))
    limits, settings = scene.ground.limits, scene.settings
    if await limits.spent("ciba unknown", client.client_id, settings.rate_ciba_unknown):
        raise _too_many()

    person_id = await scene.ground.database.read(
        lambda db: people.meant(db, scene, client, own.hint_kind, own.hint, now)
    )
    if person_id is None:
        await limits.allow("ciba unknown", client.client_id, settings.rate_ciba_unknown)
        raise Refusal("unknown_user_id", "nobody is known here by that hint")
    pair = f"{client.client_id}\n{person_id}"  # one app leaves room for the others
    if not await limits.allow("ciba app and person", pair, settings.rate_ciba_app):
        raise _too_many()
    if not await limits.allow("ciba person", person_id, settings.rate_ciba_person):
        raise _too_many()
    vault, said = scene.ground.vault, asking.one(lists, "user_code")
    await scene.ground.database.read(lambda db: user_codes.check(db, vault, person_id, said))
    return Ready(asked, own, person_id, given)


async def _signed(scene: Scene, call: Call, client: Client, now: datetime) -> Signed | None:
    """The signed request, when there is one or must be one. Raises Refusal."""
    token = call.form.get("request")
    if "request" not in call.form:
        if modes.signs(client):
            raise Refusal("invalid_request", "the request of this client is a signed object (request)")
        return None
    if beside := requests.unsigned(call.form):
        raise Refusal("invalid_request", f"beside the signed request: {' '.join(sorted(beside))[:200]}")
    try:
        kid = jose.header_of(token or "").get("kid")
    except jose.BadToken as error:
        raise Refusal("invalid_request", "the signed request cannot be read") from error
    keys = await scene.keysets.keys(client, kid if isinstance(kid, str) else None)
    return signed.verify(token or "", client, keys, issuer=scene.issuer, now=now)


def _keep(db: Connection, scene: Scene, come: Come, ready: Ready) -> dict[str, Any]:
    """Raises Refusal."""
    client, now, own = come.client, come.now, ready.own
    if ready.signed is not None:
        mark = revoked.assertion_mark(f"ciba {client.client_id}", ready.signed.jti)
        if not revoked.first_time(db, mark, ready.signed.until):
            raise Refusal("invalid_request", "the signed request was used before")
    value, name, mode = issue("arq"), new("dmd", now), modes.mode(client)
    demand = Demand(
        id=name,
        kind=CIBA,
        client_id=client.client_id,
        asked=ready.asked,
        person_id=ready.person_id,
        address=come.call.address,
        interval=int(scene.settings.poll_interval.total_seconds()),
        family_id=new("fam", now),
        created_at=now,
        expires_at=now + own.lifetime,
        extra={"mode": mode, "binding_message": own.binding_message},
        sealed=notify.close(scene, notify.Secrets(value, own.notification_token), name),
    )
    store.replace_former(db, ready.person_id, client.client_id, now)
    store.add(db, demand, value)
    notify.expect(db, scene, client, demand, now)
    _tell(db, scene, demand, now)
    body = {"auth_req_id": value, "expires_in": int(own.lifetime.total_seconds())}
    return body if mode == modes.PUSH else body | {"interval": demand.interval}


def _tell(db: Connection, scene: Scene, demand: Demand, now: datetime) -> None:
    """A message with the address of the page, and nothing of who asks or what: it may show on a locked screen."""
    profile = accounts.claims(db, demand.person_id or "")
    if profile is None:
        return
    scene.notices.tell(
        db,
        now,
        to=Address(email=profile.email, mobile=profile.phone_number),
        template="request_waiting",
        person_id=demand.person_id,
        until=demand.expires_at,
    )


def _too_many() -> Refusal:
    wait = {"retry-after": "300"}
    return Refusal("too_many_requests", "too many requests: wait and try again", status=429, headers=wait)
