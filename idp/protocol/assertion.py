"""Is a client's own assertion acceptable (RFC 7523 §3)?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from clients.records import Client
from kit import jose

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "ES384", "PS256", "EdDSA", "RS256")


def claimed_client(assertion: str) -> str | None:
    """Who the assertion says it is from, unverified: only good for finding whose keys to verify it with."""
    try:
        claims = jose.peek(assertion)
    except jose.BadToken:
        return None
    said = claims.get("sub")
    return said if isinstance(said, str) else None


def verify(
    assertion: str, client: Client, *, audiences: Sequence[str], now: datetime, most: timedelta
) -> tuple[str, datetime]:
    """The `jti` of a good assertion and until when it must be remembered. Raises kit.jose.BadToken.

    RFC 7523 §3: issuer and subject are the client, the audience is us, it expires soon, it is used once.
    """
    claims = jose.verify(
        assertion,
        jose.import_keys(client.jwks or {}),
        algorithms=ALGORITHMS,
        typ=None,
        issuer=client.client_id,
        audience=audiences,
        now=now,
        required=("iss", "sub", "aud", "exp", "jti"),
    )
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
