"""What a client signs beyond its assertions: request objects (RFC 9101) and DPoP proofs (RFC 9449)."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from clients import store
from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from kit.secrets import digest
from tests.house import Home
from tests.party import Party

CALLBACK = "http://127.0.0.1/cb"
SECRET = "cs_" + "s" * 40


def registered(home: Home, client_id: str, *, key: Key | None = None, **changes: Any) -> Client:
    """A client as one would be registered, with `key` for its own."""
    options = changes.pop("options", Options())
    usual: dict[str, Any] = {
        "client_id": client_id,
        "name": f"Appli {client_id}",
        "kind": Kind.APP,
        "status": Status.REFERENCED,
        "created_at": home.clock.now(),
        "auth_method": AuthMethod.PRIVATE_KEY_JWT if key else AuthMethod.SECRET_BASIC,
        "jwks": {"keys": [key.as_dict(private=False)]} if key else None,
        "secret_digest": None if key else digest(SECRET),
        "redirect_uris": (CALLBACK,),
        "scope": frozenset({"openid", "profile", "email", "offline_access"}),
        "options": options,
    }
    return Client(**(usual | changes))


async def enrol(home: Home, client: Client, key: Key | None = None) -> Party:
    """Keep the client in the house; gives who it is."""
    await home.database.work(lambda db: store.add(db, client, home.clock.now()))
    home.house.clients.forget(client.client_id)
    known = {
        "client_id": client.client_id,
        "auth_method": str(client.auth_method),
        "redirect_uris": list(client.redirect_uris),
        "client_secret": SECRET,
        "jwk": key.as_dict(private=True) if key else None,
    }
    return Party(home, known)


def ec_key() -> ECKey:
    """A fresh P-256 key."""
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})


def rsa_key() -> RSAKey:
    """A fresh RSA key, as short as is taken."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


def request_object(party: Party, asked: dict[str, Any], *, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A signed request; a change of None leaves a claim out."""
    now = int(party.home.clock.now().timestamp())
    claims = {"iss": party.client_id, "aud": party.home.issuer, "nbf": now, "exp": now + 300, **asked, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    key: Key = ECKey.import_key(party.known["jwk"])
    return jwt.encode({"alg": "ES256", "kid": key.kid, **(header or {})}, kept, key)


@dataclass
class Prover:
    """Who holds a DPoP key."""

    home: Home
    key: ECKey = field(default_factory=ec_key)

    @property
    def jkt(self) -> str:
        return str(self.key.thumbprint())

    def proof(
        self, method: str, path: str, *, token: str | None = None, nonce: str | None = None, **changes: Any
    ) -> str:
        """A fresh proof for one request of the house; a change of None leaves a claim out."""
        claims = {
            "htm": method,
            "htu": f"{self.home.issuer}{path}",
            "iat": int(self.home.clock.now().timestamp()),
            "jti": secrets.token_urlsafe(16),
            "ath": _half(token) if token else None,
            "nonce": nonce,
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        public = {
            name: value for name, value in self.key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}
        }
        return jwt.encode({"typ": "dpop+jwt", "alg": "ES256", "jwk": public}, kept, self.key)


def _half(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
