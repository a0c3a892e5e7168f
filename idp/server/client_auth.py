"""Which client is calling? One proof, the registered one, or none at all (OpenID Connect Core §9)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error

from clients import profiles
from clients.records import AuthMethod, Client
from idp.protocol import assertion
from idp.scene import Scene
from idp.server.call import Call
from idp.server.errors import InvalidRequestError
from idp.server.views import ClientView
from idp.tokens import hot, revoked
from kit import jose
from kit.proof import mtls
from kit.telemetry import log

SECRETS = "client secrets"
"""What the secrets of client_secret_jwt are sealed under (`Vault.seal`)."""


class _How(TypedDict):
    issuer: str
    address: str
    now: datetime
    most: timedelta


@dataclass(frozen=True, slots=True)
class _Presented:
    """What a call shows of its client: the ways of proof that it may be, the client named, the proof itself."""

    methods: frozenset[AuthMethod]
    client_id: str
    proof: str = ""


_ASSERTED = frozenset({AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SECRET_JWT})
_SILENT = frozenset({AuthMethod.NONE, AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS})
"""Ways of proof that leave nothing in the request but a client_id."""


async def prove(scene: Scene, call: Call, now: datetime) -> ClientView | OAuth2Error:
    """The client that this call proves to come from, or the error to answer it with. An assertion is spent by it."""
    try:
        shown = _presented(call)
        client = await scene.clients.get(shown.client_id) if shown.client_id else None
        if client is None or client.auth_method not in shown.methods:
            raise _refused(call, shown.client_id, "unknown client, or not its registered method")
        if client.auth_method not in profiles.of(client).auth_methods or not profiles.enabled(
            client, scene.settings.profiles
        ):
            raise _refused(call, client.client_id, "this profile is not served, or not with that method")
        view = ClientView(client)
        await _check(scene, call, view, shown.proof, now)
        if not client.may_exchange:
            raise _refused(call, client.client_id, f"client is {client.status}")
    except OAuth2Error as error:
        return error
    call.auth_method = str(client.auth_method)
    return view


async def _check(scene: Scene, call: Call, view: ClientView, proof: str, now: datetime) -> None:
    """Raises InvalidClientError."""
    match view.client.auth_method:
        case AuthMethod.SECRET_BASIC | AuthMethod.SECRET_POST:
            if not view.check_client_secret(proof):
                raise _refused(call, view.client_id, "wrong secret")
        case AuthMethod.PRIVATE_KEY_JWT | AuthMethod.SECRET_JWT:
            await _spend(scene, call, view.client, proof, now)
        case AuthMethod.TLS_CLIENT_AUTH | AuthMethod.SELF_SIGNED_TLS:
            await _certified(scene, call, view.client, now)
        case AuthMethod.NONE:
            pass


def _presented(call: Call) -> _Presented:
    """RFC 6749 §2.3: one method a request."""
    form = call.form
    for name in ("client_id", "client_secret", "client_assertion", "client_assertion_type"):
        if len(call.payload.datalist.get(name, ())) > 1:
            raise InvalidRequestError(f"{name} is given more than once")
    header = call.headers.get("authorization", "")
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if sum((bool(header), "client_secret" in form, asserted)) > 1:
        raise InvalidRequestError("more than one way of client authentication")
    if header:
        client_id, secret = _basic(call, header)
        if form.get("client_id", client_id) != client_id:
            raise InvalidRequestError("client_id differs from the one that authenticates")
        return _Presented(frozenset({AuthMethod.SECRET_BASIC}), client_id, secret)
    if "client_secret" in form:
        return _Presented(frozenset({AuthMethod.SECRET_POST}), form.get("client_id", ""), form["client_secret"])
    if asserted:
        return _Presented(_ASSERTED, *_assertion(call))
    if not form.get("client_id"):
        raise _refused(call, "", "no client authentication")
    return _Presented(_SILENT, form["client_id"])


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
    how: _How = {"issuer": scene.issuer, "address": call.uri, "now": now, "most": scene.settings.assertion_most}
    try:
        if client.auth_method is AuthMethod.SECRET_JWT:
            jti, until = assertion.verify_shared(value, client, _secret(scene, client), **how)
        else:
            kid = jose.header_of(value).get("kid")
            keys = await scene.keysets.keys(client, kid if isinstance(kid, str) else None)
            jti, until = assertion.verify(value, client, keys, **how)
    except jose.BadToken as error:
        raise _refused(call, client.client_id, str(error)) from error
    database, mark = scene.ground.database, revoked.assertion_mark(client.client_id, jti)
    if database.lane is not None:
        first = await database.lane.one(hot.SEEN_ASSERTION, digest_=mark, until=until) is not None
    else:
        first = await database.work(lambda db: revoked.first_time(db, mark, until))
    if not first:
        raise _refused(call, client.client_id, "assertion used before")


def _secret(scene: Scene, client: Client) -> bytes:
    if client.secret_sealed is None:
        raise jose.BadToken("this client has no secret")
    return scene.ground.vault.seal(SECRETS).open(client.secret_sealed, client.client_id)


def _names(client: Client) -> dict[str, str]:
    """The name of the certificate that the client registered, under its registry name."""
    return {name: value for name, value in client.options.to_json().items() if name.startswith("tls_client_auth_")}


async def _certified(scene: Scene, call: Call, client: Client, now: datetime) -> None:
    """RFC 8705 §2: the certificate of the connection is the client's."""
    certificate = call.certificate
    if certificate is None:
        raise _refused(call, client.client_id, "no certificate")
    if client.auth_method is AuthMethod.TLS_CLIENT_AUTH:
        if not certificate.verified or not mtls.names_client(certificate, _names(client)):
            raise _refused(call, client.client_id, "another's certificate, or of nobody we trust")
        return
    keys = await scene.keysets.keys(client)
    if not mtls.among(certificate, [key.as_dict(private=False) for key in keys]):
        raise _refused(call, client.client_id, "the certificate is not among the client's keys")


def _refused(call: Call, client_id: str, why: str) -> InvalidClientError:
    """RFC 6749 §5.2: 401, with a challenge when the Authorization header was used. `why` is for the log only."""
    log.info("client_refused", client_id=client_id[:100], why=why)
    return InvalidClientError(description="client authentication failed", status_code=401)
