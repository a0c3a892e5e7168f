"""The apps of the demo, and their keys: drawn from the demo's master key, so that every start finds the same ones."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import ECKey

from clients.records import AuthMethod, Client, Kind, Status
from consent.scopes import CONSENTS, scopes_of
from kit.seals import Vault
from kit.secrets import digest
from sandbox.glucolink.settings import HOME as READER
from service.portal_client import key_of, portal_client, portal_key, public_jwks

IDENTITY = frozenset({"openid", "profile", "email", "phone", "offline_access", "fhirUser", "launch/patient"})
MEASURES = frozenset({"measures:read", "measures:write"})


@dataclass(frozen=True, slots=True)
class Party:
    """A client, and what only it knows of itself."""

    client: Client
    words: str
    """What it is for, for who writes scripts."""
    secret: str | None = None
    key: ECKey | None = None

    @property
    def jwk(self) -> dict[str, Any] | None:
        """Its private key."""
        return self.key.as_dict(private=True) if self.key else None


def parties(vault: Vault, issuer: str, now: datetime) -> list[Party]:
    """Every app of the demo, at this address."""
    reader, notebook = key_of(vault, "demo: GlucoLink"), key_of(vault, "demo: notebook")
    secret = "cs_" + base64.urlsafe_b64encode(vault.key("demo: bench")).rstrip(b"=").decode()
    return [
        Party(_glucolink(reader, issuer, now), "the demo's reader app: sends a reader's measures", key=reader),
        Party(_mobile(now), "a public app on a telephone: PKCE, loopback or claimed https address"),
        Party(_bench(secret, now), "scripts and benchmarks: client_credentials, code, refresh", secret=secret),
        Party(
            portal_client(vault, issuer, now),
            "the patient's own web application; its tokens read and change the person's consents",
            key=portal_key(vault),
        ),
        Party(_notebook(notebook, now), "an app that Gabrielle used before, stopped since", key=notebook),
    ]


def _glucolink(key: ECKey, issuer: str, now: datetime) -> Client:
    return Client(
        client_id="glucolink",
        name="GlucoLink",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(key),
        redirect_uris=(f"{issuer}{READER}/retour", f"{issuer}{READER}/relie", "http://127.0.0.1/cb"),
        post_logout_redirect_uris=(f"{issuer}{READER}/",),
        scope=IDENTITY | {"pairing"} | scopes_of(CONSENTS),
        consents=frozenset(CONSENTS),
        publisher="GlucoLink SAS (éditeur fictif)",
        site_uri=f"{issuer}{READER}/",
        description="Relie votre lecteur de glycémie à votre espace.",
        purpose="Suivre votre glycémie avec votre lecteur.",
        policy_uri="https://glucolink.example.org/confidentialite",
    )


def _mobile(now: datetime) -> Client:
    return Client(
        client_id="mobile",
        name="Mes mesures mobile",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.NONE,
        redirect_uris=("http://127.0.0.1/callback", "http://[::1]/callback", "https://mobile.example.org/callback"),
        post_logout_redirect_uris=("https://mobile.example.org/au-revoir",),
        scope=IDENTITY | {"pairing"} | scopes_of(MEASURES),
        consents=MEASURES,
        publisher="Mobile Santé (éditeur fictif)",
        site_uri="https://mobile.example.org/",
        description="Vos mesures sur votre téléphone.",
        purpose="Voir et ajouter vos mesures sur votre téléphone.",
        policy_uri="https://mobile.example.org/confidentialite",
    )


def _bench(secret: str, now: datetime) -> Client:
    return Client(
        client_id="bench",
        name="Banc d’essai",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.SECRET_BASIC,
        secret_digest=digest(secret),
        redirect_uris=("http://127.0.0.1/cb",),
        post_logout_redirect_uris=("http://127.0.0.1/bye",),
        grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
        scope=IDENTITY | {"pairing"} | scopes_of(MEASURES),
        consents=MEASURES,
        publisher="Espace (démonstration)",
        site_uri="http://127.0.0.1/",
        description="Mesure la vitesse du service.",
        purpose="Essayer le service et mesurer sa vitesse.",
        policy_uri="https://bench.example.org/confidentialite",
    )


def _notebook(key: ECKey, now: datetime) -> Client:
    return Client(
        client_id="carnet",
        name="Carnet de glycémie",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(key),
        redirect_uris=("https://carnet.example.org/retour",),
        scope=IDENTITY | {"pairing"} | scopes_of(MEASURES),
        consents=MEASURES,
        publisher="Carnet Santé (éditeur fictif)",
        site_uri="https://carnet.example.org/",
        description="Garde vos glycémies, jour après jour.",
        purpose="Tenir votre carnet de glycémie.",
        policy_uri="https://carnet.example.org/confidentialite",
    )
