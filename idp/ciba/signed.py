"""An authentication request as a signed object (CIBA §7.1.1, FAPI-CIBA §5.2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import Key

from clients import profiles
from clients.records import Client
from idp.ciba import modes
from idp.protocol import jar
from kit import jose
from kit.problems import Refusal

_LIFE = timedelta(minutes=60)
_TYPES = ("jwt", "oauth-authz-req+jwt")
_REQUIRED = ("iss", "aud", "exp", "iat", "nbf", "jti")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good object asks, and what must be remembered of it so that it is good once."""

    lists: dict[str, list[str]]
    jti: str
    until: datetime


def algorithms(client: Client) -> tuple[str, ...]:
    """What the client may sign its requests with: what it registered, among what its profile knows; never RS256."""
    registered = client.options.backchannel_authentication_request_signing_alg
    return tuple(one for one in modes.algorithms(profiles.of(client).signing_algorithms) if registered in ("", one))


def verify(token: str, client: Client, keys: Sequence[Key], *, issuer: str, now: datetime) -> Signed:
    """Signed by this client, for us, now, for an hour at most. Raises Refusal("invalid_request")."""
    try:
        typ = jose.header_of(token).get("typ")
        if typ is not None and str(typ).lower().removeprefix("application/") not in _TYPES:
            raise jose.BadToken("wrong typ")
        claims = jose.verify_signature(token, keys, algorithms=algorithms(client), typ=None)
        jose.check_claims(claims, issuer=client.client_id, audience=issuer, now=now, required=_REQUIRED)
        if claims["nbf"] < (now - _LIFE).timestamp():
            raise jose.BadToken("nbf is too long ago")
        if claims["exp"] > claims["nbf"] + _LIFE.total_seconds():
            raise jose.BadToken("exp is more than an hour after nbf")
        jti = claims["jti"]
        if not isinstance(jti, str) or not 1 <= len(jti) <= 256:
            raise jose.BadToken("jti is not a string of 256 characters at most")
        if claims.get("client_id", client.client_id) != client.client_id or "request" in claims:
            raise jose.BadToken("not a request of this client")
        return Signed(jar.parameters(claims), jti, now + _LIFE * 2)
    except jose.BadToken as error:
        raise Refusal("invalid_request", f"the signed request is not acceptable: {error}") from error
