"""Which client is calling? One proof, the registered one, or none at all (OpenID Connect Core §9)."""

import base64
import binascii
from datetime import datetime
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error

from clients.records import AuthMethod, Client
from idp.protocol import assertion
from idp.scene import Scene
from idp.server.call import Call
from idp.server.errors import InvalidRequestError
from idp.server.views import ClientView
from idp.tokens import hot, revoked
from kit import jose
from kit.telemetry import log


async def prove(scene: Scene, call: Call, now: datetime) -> ClientView | OAuth2Error:
    """The client that this call proves to come from, or the error to answer it with. An assertion is spent by it."""
    try:
        method, client_id, secret = _presented(call)
        client = await scene.clients.get(client_id) if client_id else None
        if client is None or client.auth_method is not method:
            raise _refused(call, client_id, "unknown client, or not its registered method")
        view = ClientView(client)
        if method in {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST} and not view.check_client_secret(secret):
            raise _refused(call, client_id, "wrong secret")
        if method is AuthMethod.PRIVATE_KEY_JWT:
            await _spend(scene, call, client, secret, now)
        if not client.may_exchange:
            raise _refused(call, client_id, f"client is {client.status}")
    except OAuth2Error as error:
        return error
    call.auth_method = str(method)
    return view


def _presented(call: Call) -> tuple[AuthMethod, str, str]:
    """The method used, the client it names, and its proof. RFC 6749 §2.3: one method a request."""
    form = call.form
    for name in ("client_id", "client_secret", "client_assertion", "client_assertion_type"):
        if len(call.payload.datalist.get(name, ())) > 1:
            raise InvalidRequestError(f"{name} is given more than once")
    header = call.headers.get("authorization", "")
    ways = [bool(header), "client_secret" in form, "client_assertion" in form or "client_assertion_type" in form]
    if sum(ways) > 1:
        raise InvalidRequestError("more than one way of client authentication")
    if header:
        client_id, secret = _basic(call, header)
        if form.get("client_id", client_id) != client_id:
            raise InvalidRequestError("client_id differs from the one that authenticates")
        return AuthMethod.SECRET_BASIC, client_id, secret
    if "client_secret" in form:
        return AuthMethod.SECRET_POST, form.get("client_id", ""), form["client_secret"]
    if ways[2]:
        return AuthMethod.PRIVATE_KEY_JWT, *_assertion(call)
    if not form.get("client_id"):
        raise _refused(call, "", "no client authentication")
    return AuthMethod.NONE, form["client_id"], ""


def _basic(call: Call, header: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: identifier and secret are form-encoded before they are joined."""
    pair = basic_pair(header)
    if pair is None:
        raise _refused(call, "", "unreadable Basic credentials")
    return pair


def basic_pair(header: str) -> tuple[str, str] | None:
    """Identifier and secret of a Basic Authorization header; None when it is not one."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, found, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if found else None


def _assertion(call: Call) -> tuple[str, str]:
    form = call.form
    if form.get("client_assertion_type") != assertion.TYPE or not form.get("client_assertion"):
        raise _refused(call, "", "unknown or missing client_assertion")
    claimed = assertion.claimed_client(form["client_assertion"])
    if claimed is None or form.get("client_id", claimed) != claimed:
        raise _refused(call, claimed or "", "client_id and assertion differ")
    return claimed, form["client_assertion"]


async def _spend(scene: Scene, call: Call, client: Client, value: str, now: datetime) -> None:
    """RFC 7523 §3: a good assertion is good once, whichever process it comes to."""
    audiences = (scene.issuer, f"{scene.issuer}/token")
    try:
        jti, until = assertion.verify(value, client, audiences=audiences, now=now, most=scene.settings.assertion_most)
    except jose.BadToken as error:
        raise _refused(call, client.client_id, str(error)) from error
    database, mark = scene.ground.database, revoked.assertion_mark(client.client_id, jti)
    if database.lane is not None:
        first = await database.lane.one(hot.SEEN_ASSERTION, digest_=mark, until=until) is not None
    else:
        first = await database.work(lambda db: revoked.first_time(db, mark, until))
    if not first:
        raise _refused(call, client.client_id, "assertion used before")


def _refused(call: Call, client_id: str, why: str) -> InvalidClientError:
    """RFC 6749 §5.2: 401, with a challenge when the Authorization header was used. `why` is for the log only."""
    log.info("client_refused", client_id=client_id[:100], why=why)
    return InvalidClientError(description="client authentication failed", status_code=401)
