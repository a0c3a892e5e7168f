"""Is a client's own assertion acceptable (RFC 7523 §3)?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import Key

from clients import profiles
from clients.records import Client
from kit import jose

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TYPES = ("", "jwt", "client-authentication+jwt")
"""RFC 8725 §3.11: what the same key signed for another purpose (a DPoP proof, a request) is no assertion."""


def claimed_client(assertion: str) -> str | None:
    """Who the assertion says it is from, unverified: only good for finding whose keys to verify it with."""
    try:
        claims = jose.peek(assertion)
    except jose.BadToken:
        return None
    said = claims.get("sub")
    return said if isinstance(said, str) else None


def verify(
    assertion: str, client: Client, keys: Sequence[Key], *, issuer: str, address: str, now: datetime, most: timedelta
) -> tuple[str, datetime]:
    """The `jti` of a good assertion and until when it must be remembered. Raises kit.jose.BadToken, UnknownKey.

    RFC 7523 §3: issuer and subject are the client, the audience is us, it expires soon, it is used once. `address` is
    that of the endpoint called.
    """
    profile, registered = profiles.of(client), client.options.token_endpoint_auth_signing_alg
    algorithms = (registered,) if registered in profile.signing_algorithms else profile.signing_algorithms
    claims = jose.verify_signature(assertion, keys, algorithms=algorithms, typ=_TYPES, jku=client.options.jwks_uri)
    return _judge(claims, client, issuer, address, now, most)


def verify_shared(
    assertion: str, client: Client, secret: bytes, *, issuer: str, address: str, now: datetime, most: timedelta
) -> tuple[str, datetime]:
    """The same for an assertion signed with the client's secret (OpenID Connect Core §9, client_secret_jwt)."""
    claims = jose.verify_shared(assertion, secret, typ=_TYPES)
    return _judge(claims, client, issuer, address, now, most)


def _judge(
    claims: dict[str, Any], client: Client, issuer: str, address: str, now: datetime, most: timedelta
) -> tuple[str, datetime]:
    strict = profiles.of(client).assertion_audience == "issuer"
    audiences = (issuer,) if strict else (issuer, f"{issuer}/token", address)
    jose.check_claims(
        claims,
        issuer=client.client_id,
        audience=audiences,
        now=now,
        required=("iss", "sub", "aud", "exp", "jti"),
    )
    if strict and not isinstance(claims["aud"], str):
        raise jose.BadToken("aud is not one string (FAPI 2.0 §5.3.2.1)")
    return _once(claims, client, now, most)


def _once(claims: dict[str, Any], client: Client, now: datetime, most: timedelta) -> tuple[str, datetime]:
    if claims["sub"] != client.client_id:
        raise jose.BadToken("sub is not the client")
    jti = claims["jti"]
    if not isinstance(jti, str) or not 8 <= len(jti) <= 256:
        raise jose.BadToken("jti is not a string of 8 to 256 characters")
    ends = now + most + timedelta(seconds=jose.SKEW)
    if claims["exp"] > ends.timestamp():
        raise jose.BadToken("exp is too far away")
    return jti, ends
