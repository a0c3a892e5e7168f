"""A request as a signed object (RFC 9101): who signed it, for whom, until when, and what it asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from joserfc.jwk import Key

from clients import profiles
from clients.records import Client
from kit import jose
from kit.problems import Refusal

_TYPES = ("oauth-authz-req+jwt", "jwt")
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_LIFE = timedelta(minutes=60)
_NEVER = ("request", "request_uri")


def verify(token: str, client: Client, keys: Sequence[Key], *, issuer: str, now: datetime) -> dict[str, list[str]]:
    """The parameters of a request object that this client signed. Raises Refusal("invalid_request_object").

    RFC 9101 §6; FAPI 2.0 Message Signing §5.3.1 for the clients whose profile binds: audience, `nbf` and `exp` are
    there, and within an hour.
    """
    profile, registered = profiles.of(client), client.options.request_object_signing_alg
    try:
        header = jose.header_of(token)
        if registered and header.get("alg") != registered:
            raise jose.BadToken("not the registered algorithm")
        if header.get("typ") is not None and str(header["typ"]).lower().removeprefix("application/") not in _TYPES:
            raise jose.BadToken("wrong typ")
        claims = jose.verify_signature(token, keys, algorithms=profile.signing_algorithms, typ=None)
        strict = profile.bound
        required = ("iss", "aud", "exp", "nbf") if strict else ()
        audience = issuer if strict or "aud" in claims else None
        jose.check_claims(claims, issuer=None, audience=audience, now=now, required=required)
        _who(claims, client)
        if strict and claims["nbf"] < (now - _LIFE).timestamp():
            raise jose.BadToken("nbf is too long ago")
        if strict and claims["exp"] > claims["nbf"] + _LIFE.total_seconds():
            raise jose.BadToken("exp is more than an hour after nbf")
    except jose.BadToken as error:
        raise Refusal("invalid_request_object", f"the request object is not acceptable: {error}") from error
    return parameters(claims)


def _who(claims: Mapping[str, Any], client: Client) -> None:
    """RFC 9101 §5: it names its client, and no other; §10.8: it is not a client assertion."""
    if claims.get("iss", client.client_id) != client.client_id:
        raise jose.BadToken("iss is not the client")
    if claims.get("client_id", client.client_id) != client.client_id:
        raise jose.BadToken("client_id is another")
    if claims.get("sub") == client.client_id:
        raise jose.BadToken("sub names the client: this is an assertion")
    if any(name in claims for name in _NEVER):
        raise jose.BadToken("it holds another request")


def parameters(claims: Mapping[str, Any]) -> dict[str, list[str]]:
    """RFC 9101 §4: each claim is a parameter; a JSON value stands for its text. Raises jose.BadToken."""
    found: dict[str, list[str]] = {}
    for name, value in claims.items():
        if name in _OF_THE_JWT or value is None:
            continue
        many = value if isinstance(value, list) and name == "resource" else [value]
        found[name] = [_text(one) for one in many]
    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
