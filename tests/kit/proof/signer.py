"""Whoever makes proofs: a key, and what is signed with it."""

import base64
import json
import secrets
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import Key

from kit import jose
from kit.secrets import digest


class Signer:
    """Holds a key of its own, and makes proofs as RFC 9449 §4.2 says, or as a test wants them wrong."""

    def __init__(self, algorithm: str = "ES256", key: Key | None = None) -> None:
        self.algorithm = algorithm
        self.key: Key = key or jose.generate(algorithm, "dpop")

    @property
    def jwk(self) -> dict[str, Any]:
        kept = self.key.as_dict(private=False)
        return {name: kept[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in kept}

    @property
    def jkt(self) -> str:
        return jose.thumbprint(self.key)

    def proof(
        self,
        method: str,
        address: str,
        now: datetime,
        *,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A fresh proof; a change of None leaves a member out."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": address,
            "iat": int(now.timestamp()),
            "ath": digest(token) if token else None,
        }
        said = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.jwk} | (header or {})
        return self.signed(without_none(said), without_none(claims | changes))

    def signed(self, header: dict[str, Any], claims: Any) -> str:
        """A compact JWS, signed by this key whatever the header says."""
        said = f"{segment(header)}.{segment(claims)}"
        signature = jws.JWSRegistry.algorithms[self.algorithm].sign(said.encode(), self.key)
        return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def without_none(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if one is not None}


def segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
