"""Where a request's parameters come from: the address, a request object (by value, by reference), the back channel."""

from dataclasses import dataclass
from datetime import datetime

from clients import profiles
from clients.records import Client
from idp.protocol import jar
from idp.protocol.checks import Lists
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.tokens import hot, pushed
from kit import jose, jwe
from kit.fetch import Unreachable
from kit.problems import Refusal

_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class Source:
    """What was read."""

    lists: Lists
    """The parameters to check."""
    pushed: AuthorizationRequest | None = None
    """A request that was checked when it was pushed."""


def refuse_two(lists: Lists) -> None:
    """RFC 9101 §5: one way or the other. Raises Refusal."""
    if lists.get("request") and lists.get("request_uri"):
        raise Refusal("invalid_request", "request and request_uri exclude each other")


async def read(scene: Scene, lists: Lists, client: Client, now: datetime) -> Source:
    """The parameters that count. Raises Refusal with the standard error.

    What a request object or a pushed request says is all that is looked at (RFC 9101 §6.3, RFC 9126 §4); only for
    OpenID Connect Core as certified (§6.1) are the parameters beside it read too.
    """
    refuse_two(lists)
    uri, value = _single(lists, "request_uri"), _single(lists, "request")
    if uri and uri.startswith(pushed.PREFIX):
        return Source(lists, await _pushed(scene, uri, client, now))
    options = client.options
    if profiles.of(client).pushed or options.require_pushed_authorization_requests:
        raise Refusal("invalid_request", "this client pushes its requests (RFC 9126)")
    if uri:
        value = await _fetched(scene, client, uri)
    return Source(await objects(scene, lists, client, value, now))


async def objects(scene: Scene, lists: Lists, client: Client, value: str | None, now: datetime) -> Lists:
    """The parameters of a request object, or the plain ones when there is none. Raises Refusal."""
    if not value:
        if client.options.require_signed_request_object:
            raise Refusal("invalid_request", "this client signs its requests (RFC 9101)")
        return lists
    inside = await _verified(scene, client, value, now)
    if not profiles.of(client).merges:
        return {**inside, "client_id": [client.client_id]}
    outside = {name: values for name, values in lists.items() if name not in {"request", "request_uri"}}
    return {**outside, **inside}


async def _verified(scene: Scene, client: Client, value: str, now: datetime) -> dict[str, list[str]]:
    try:
        value = jwe.open_compact(value, scene.ring.decrypting()) if value.count(".") == 4 else value
        kid = jose.header_of(value).get("kid")
    except jose.BadToken as error:
        raise Refusal("invalid_request_object", "the request object cannot be read") from error
    keys = await scene.keysets.keys(client, kid if isinstance(kid, str) else None)
    return jar.verify(value, client, keys, issuer=scene.issuer, now=now)


async def _pushed(scene: Scene, uri: str, client: Client, now: datetime) -> AuthorizationRequest:
    mark, lane = pushed.mark_of(uri), scene.ground.database.lane
    if lane is not None:
        row = await lane.one(hot.PUSHED, mark=mark, client=client.client_id, now=now)
        found = pushed.read(row["request"], mark) if row is not None else None
    else:
        found = await scene.ground.database.read(lambda db: pushed.find(db, mark, client.client_id, now))
    if found is None:
        raise Refusal("invalid_request_uri", "this request_uri is not good: unknown, used, or too old")
    return found


async def _fetched(scene: Scene, client: Client, uri: str) -> str:
    """OpenID Connect Core §6.2: only from an address registered before, its fragment aside."""
    if len(uri) > _LONGEST or uri.partition("#")[0] not in {
        one.partition("#")[0] for one in client.options.request_uris
    }:
        raise Refusal("invalid_request_uri", "this request_uri is not registered")
    try:
        return (await scene.fetch.text(uri)).strip()
    except Unreachable as error:
        raise Refusal("invalid_request_uri", "the request object could not be fetched") from error


def _single(lists: Lists, name: str) -> str | None:
    values = [value for value in lists.get(name, ()) if value]
    if len(values) > 1:
        raise Refusal("invalid_request", f"{name} is given more than once")
    return values[0] if values else None
