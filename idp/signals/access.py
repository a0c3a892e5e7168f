"""Who may manage, read or poll a stream: a client with a token of its own (CAEP interoperability profile §2.7)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request

from clients.records import Client
from idp.scene import Scene
from idp.tokens import liveness
from kit.problems import Refusal

MANAGE = "ssf.manage"
READ = "ssf.read"
"""`ssf.manage` for everything; `ssf.read` to read the configuration and the status, and to poll."""

_LONGEST_BODY = 65_536


async def caller(scene: Scene, request: Request, *, changes: bool) -> Client:
    """The client that calls. Raises Refusal(401 or 403) with the challenge of RFC 6750 §3."""
    claims = await scene.tokens.admit(request)
    now = scene.ground.clock.now()
    await scene.ground.database.read(lambda db: liveness.check(db, claims, now))
    wanted = {MANAGE} if changes else {MANAGE, READ}
    if not wanted & claims.scope or claims.family_id is not None or claims.subject != claims.client_id:
        needed = MANAGE if changes else READ
        challenge = f'Bearer realm="espace", error="insufficient_scope", scope="{needed}"'
        words = f"a token of the client itself with the scope {needed} is needed"
        refusal = Refusal("insufficient_scope", words, status=403, headers={"www-authenticate": challenge})
        raise scene.tokens.told(request, refusal)
    client = await scene.clients.get(claims.client_id)
    if client is None or not client.may_exchange:
        raise Refusal("client_suspended", "this client may not exchange data at present", status=403)
    return client


async def body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request. Raises Refusal(400)."""
    raw = await request.body()
    if len(raw) > _LONGEST_BODY:
        raise Refusal("invalid_request", "the body is too large", status=413)
    try:
        said = msgspec.json.decode(raw) if raw else {}
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refusal("invalid_request", "the body is not JSON", status=400) from error
    if not isinstance(said, dict):
        raise Refusal("invalid_request", "the body must be a JSON object", status=400)
    if "\\u0000" in raw.decode().lower():
        raise Refusal("invalid_request", "a value holds a NUL character", status=400)
    return said
