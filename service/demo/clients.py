"""The apps of the demo, and their keys: drawn from the demo's master key, so that every start finds the same ones."""

from datetime import datetime

from joserfc.jwk import ECKey

from clients.records import AuthMethod, Client, Kind, Status
from consent.scopes import CONSENTS, scopes_of
from kit.seals import Vault
from kit.secrets import digest
from sandbox.glucolink.settings import HOME as READER
from service.demo import clients_protocol, clients_suite
from service.demo.party import IDENTITY, MEASURES, Party, Suite, secret_of
from service.portal_client import key_of, portal_client, portal_key, public_jwks


def parties(vault: Vault, issuer: str, now: datetime, suite: Suite | None = None) -> list[Party]:
    """Every app of the demo, at this address; those of the conformance plans too when a suite is expected."""
    reader, notebook = key_of(vault, "demo: GlucoLink"), key_of(vault, "demo: notebook")
    bench = secret_of(vault, "bench")
    return [
        Party(_glucolink(reader, issuer, now), "the demo's reader app: sends a reader's measures", key=reader),
        Party(_mobile(now), "a public app on a telephone: PKCE, loopback or claimed https address"),
        Party(_bench(bench, now), "scripts and benchmarks: client_credentials, code, refresh", secret=bench),
        Party(
            portal_client(vault, issuer, now),
            "the patient's own web application; its tokens read and change the person's consents",
            key=portal_key(vault),
        ),
        Party(_notebook(notebook, now), "an app that Gabrielle used before, stopped since", key=notebook),
        *clients_protocol.parties(vault, issuer, now, suite),
        *(clients_suite.parties(vault, issuer, now, suite) if suite else ()),
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
