"""The patient's web application as the provider knows it in the embedded shape: an ordinary client with its own key."""

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from clients.records import AuthMethod, Client, Kind, Status
from kit.seals import Vault
from portal.settings import PortalSettings

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The number of points of P-256 (FIPS 186-5)."""


def key_of(vault: Vault, purpose: str) -> ECKey:
    """An ES256 key for one purpose: the same at each start, another one under another master key."""
    # 64 bytes reduced by the order: no bias worth the name (FIPS 186-5 §A.2.1).
    drawn = int.from_bytes(vault.key(f"{purpose}, first half") + vault.key(f"{purpose}, second half"), "big")
    private = ec.derive_private_key(drawn % (_ORDER - 1) + 1, ec.SECP256R1())
    made: ECKey = ECKey.import_key(private)
    kid = made.thumbprint()
    return ECKey.import_key({**made.as_dict(private=True), "kid": kid, "use": "sig", "alg": "ES256"})


def portal_key(vault: Vault) -> ECKey:
    """The key that the portal proves itself with (private_key_jwt): drawn from the master key, kept nowhere."""
    return key_of(vault, "the portal's client key")


def public_jwks(key: ECKey) -> dict[str, Any]:
    """What the provider is told of a key."""
    return {"keys": [key.as_dict(private=False)]}


def portal_client(vault: Vault, issuer: str, now: datetime, settings: PortalSettings | None = None) -> Client:
    """The portal's registration: first party, so it asks no consent and is not listed among the apps."""
    located = (settings or PortalSettings()).located(issuer)
    return Client(
        client_id=located.client_id,
        name="Mon espace",
        kind=Kind.PORTAL,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(portal_key(vault)),
        redirect_uris=(located.redirect_uri,),
        post_logout_redirect_uris=(located.goodbye_uri,),
        scope=frozenset(located.scope.split()),
        first_party=True,
        publisher="Espace",
        site_uri=f"{located.origin}/",
        description="Votre espace de santé.",
        purpose="Consulter votre espace et décider qui y accède.",
    )
