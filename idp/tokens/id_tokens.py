"""Id tokens: who signed in, how and when, for one client (OpenID Connect Core §2)."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

from clients.records import Client
from idp.tokens.records import Authentication
from keys.ring import KeyRing
from kit import jose


def make(
    ring: KeyRing,
    issuer: str,
    client: Client,
    *,
    subject: str,
    authentication: Authentication,
    nonce: str | None,
    access_token: str,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """Sign one id token with the algorithm that the client registered."""
    at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": client.client_id,
        "azp": client.client_id,
        "exp": at + int(lifetime.total_seconds()),
        "iat": at,
        "auth_time": int(authentication.auth_time.timestamp()),
        "acr": authentication.acr,
        "amr": list(authentication.amr),
        "at_hash": half_hash(access_token),
    }
    if authentication.session_id:
        claims["sid"] = authentication.session_id
    if nonce is not None:
        claims["nonce"] = nonce
    algorithm = client.id_token_signed_response_alg
    return jose.sign(claims, ring.signing(algorithm), algorithm=algorithm, typ="JWT")


def half_hash(value: str) -> str:
    """OpenID Connect Core §3.1.3.6: the left half of the SHA-256 digest (every algorithm we sign with uses SHA-256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
