"""An assertion about a person, brought instead of a code (RFC 7523 §2.1): is it acceptable, and of whom does it speak?

The safe meaning: it opens nothing. Its issuer is one that we trust and that the app registered, its subject is a person
whom we linked to that name, and what it gives lies within the agreement that this person has with this app now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc.jwk import Key

from clients.records import Client
from kit import jose

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ALGORITHMS = ("ES256", "ES384", "PS256", "EdDSA", "RS256")
_MOST = 256
_TYPES = ("", "jwt", "authorization-grant+jwt")
"""RFC 8725 §3.11: what an issuer signed for another purpose (an access token, an event) is no assertion."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a good assertion says."""

    issuer: str
    subject: str
    jti: str
    until: datetime
    """It must be remembered until then."""
    proven_at: datetime
    """When the person proved who they are."""


def verify(
    assertion: str, client: Client, keys: Sequence[Key], *, issuer: str, now: datetime, most: timedelta
) -> Asserted:
    """RFC 7523 §3. `issuer` is who we are. Raises kit.jose.BadToken."""
    if not keys:
        raise jose.BadToken("its issuer is not one that this client may bring assertions of, or has no keys")
    claims = jose.verify(
        assertion,
        keys,
        algorithms=ALGORITHMS,
        typ=_TYPES,
        issuer=None,
        audience=(issuer, f"{issuer}/token"),
        now=now,
        required=("iss", "sub", "aud", "exp", "jti"),
    )
    if claims["iss"] not in client.options.assertion_issuers:
        raise jose.BadToken("its issuer is not one that this client may bring assertions of")
    for name in ("sub", "jti"):
        if not isinstance(claims[name], str) or not 1 <= len(claims[name]) <= _MOST:
            raise jose.BadToken(f"{name} is not a string of 1 to {_MOST} characters")
    if claims.get("client_id", client.client_id) != client.client_id:
        raise jose.BadToken("it was given for another client")
    ends = now + most + timedelta(seconds=jose.SKEW)
    if claims["exp"] > ends.timestamp():
        raise jose.BadToken("exp is too far away")
    return Asserted(claims["iss"], claims["sub"], claims["jti"], ends, _proven(claims, now))


def _proven(claims: dict[str, object], now: datetime) -> datetime:
    """`auth_time`, or else when it was made; never later than now."""
    for name in ("auth_time", "iat"):
        said = claims.get(name)
        if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= now.timestamp():
            return datetime.fromtimestamp(said, UTC)
    return now
