"""An id token that we issued comes back as a hint: whose, for whom, of which session. It may have expired."""

from collections.abc import Sequence
from dataclasses import dataclass

from joserfc.jwk import Key

from kit import jose


@dataclass(frozen=True, slots=True)
class Hint:
    """What an id token of ours says."""

    subject: str
    client_id: str
    session_id: str | None


def read(token: str, keys: Sequence[Key], issuer: str) -> Hint | None:
    """The hint, when we signed it; None otherwise. Expiry is not looked at (OpenID Connect Core §3.1.2.1)."""
    if not token:
        return None
    try:
        claims = jose.verify_signature(token, keys, algorithms=jose.ALGORITHMS, typ=("jwt",))
    except jose.BadToken:
        return None
    audience = claims.get("aud")
    if claims.get("iss") != issuer or not isinstance(audience, str) or not isinstance(claims.get("sub"), str):
        return None
    return Hint(claims["sub"], audience, claims.get("sid"))
