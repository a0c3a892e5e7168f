"""Id tokens: who signed in, how and when, for one client (OpenID Connect Core §2)."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from clients.records import Client
from idp.tokens import sealing
from idp.tokens.records import Authentication
from idp.tokens.sealing import Recipient
from keys.ring import KeyRing
from kit import jose

_DIGESTS = {"ES256": hashlib.sha256, "PS256": hashlib.sha256, "RS256": hashlib.sha256, "EdDSA": hashlib.sha512}
"""Of the algorithms that we sign with (RFC 7518 §3.1; Ed25519 is made with SHA-512, RFC 8032 §5.1)."""


def make(
    ring: KeyRing,
    issuer: str,
    client: Client,
    *,
    subject: str,
    authentication: Authentication,
    nonce: str | None,
    access_token: str | None,
    now: datetime,
    lifetime: timedelta,
    more: Mapping[str, Any] | None = None,
    recipient: Recipient | None = None,
) -> str:
    """Sign one id token with the algorithm that the client registered, and encrypt it to `recipient` if it wants so.

    `more` are claims about the person. No `azp`: the one audience is the party authorized. Raises sealing.NoRecipient.
    """
    at = int(now.timestamp())
    algorithm = client.id_token_signed_response_alg
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": client.client_id,
        "exp": at + int(lifetime.total_seconds()),
        "iat": at,
        "auth_time": int(authentication.auth_time.timestamp()),
        "acr": authentication.acr,
        "amr": list(authentication.amr),
    }
    if access_token is not None:
        claims["at_hash"] = half_hash(access_token, algorithm)
    if authentication.session_id:
        claims["sid"] = authentication.session_id
    if nonce is not None:
        claims["nonce"] = nonce
    if more:
        claims = {**more, **claims}
    token = jose.sign(claims, ring.signing(algorithm), algorithm=algorithm, typ="JWT")
    if client.options.id_token_encrypted_response_alg:
        return sealing.nested(token, recipient)
    return token


def half_hash(value: str, algorithm: str) -> str:
    """OpenID Connect Core §3.1.3.6: the left half of the digest that the id token's signature is made with."""
    digest = _DIGESTS[algorithm](value.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
