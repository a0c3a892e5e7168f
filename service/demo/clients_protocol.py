"""The demo's apps that each show one part of the protocol: docs/automation.md says how a script plays them."""

# ruff: noqa: S106 - names of algorithms
from datetime import datetime
from typing import Any

from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from consent.scopes import LAUNCH, MANAGEMENT, SIGNALS, scopes_of
from kit.seals import Vault
from kit.secrets import digest
from service.demo.authority import Authority, Identity
from service.demo.keys import rsa_key, strong_key
from service.demo.party import CALLBACK, IDENTITY, MEASURES, Party, Suite, secret_of
from service.portal_client import key_of, public_jwks

CIBA = "urn:openid:params:grant-type:ciba"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CODE = frozenset({"authorization_code", "refresh_token"})
ASKED = IDENTITY | {"address", "pairing"} | scopes_of(MEASURES)


def parties(vault: Vault, issuer: str, now: datetime, suite: Suite | None) -> list[Party]:
    """One an app."""
    made = Maker(vault, issuer, now, suite)
    return [
        *(made.fapi(name, "FAPI 2.0: pushed requests, private_key_jwt (ES256), DPoP") for name in ("fapi-1", "fapi-2")),
        made.fapi("fapi-rsa", "FAPI 2.0 with an RSA key: private_key_jwt (PS256), DPoP", algorithm="PS256"),
        made.certified("fapi-mtls", "FAPI 2.0 by TLS: tls_client_auth, tokens bound to the certificate"),
        _backend(made),
        _resource_server(made),
        _decoupled(made),
        _television(made),
        *(
            made.compat(name, method)
            for name, method in (
                ("compat-basic", AuthMethod.SECRET_BASIC),
                ("compat-post", AuthMethod.SECRET_POST),
            )
        ),
        _smart(made, "smart-app", public=True),
        _smart(made, "smart-server", public=False),
        _listener(made),
    ]


class Maker:
    """Makes apps that are alike but for what they show."""

    def __init__(self, vault: Vault, issuer: str, now: datetime, suite: Suite | None) -> None:
        self.vault = vault
        self.issuer = issuer
        self.now = now
        self.suite = suite
        self.authority = Authority(vault)

    @property
    def redirects(self) -> tuple[str, ...]:
        """Where its apps may be answered: each exactly so, the port too."""
        ours = (
            "http://127.0.0.1/cb",
            f"{self.issuer}{CALLBACK}",
            "http://127.0.0.1:8765/cb",
            "http://localhost:8765/cb",
        )
        return (*ours, *self.of_suite())

    def of_suite(self) -> tuple[str, ...]:
        """The addresses of the conformance suite, when one is expected: its second client comes back with a query."""
        if self.suite is None:
            return ()
        callback = self.suite.at("callback")
        return (callback, f"{callback}?dummy1=lorem&dummy2=ipsum")

    def client(self, client_id: str, name: str, **more: Any) -> Client:
        """An app that may ask for measures, unless `more` says otherwise."""
        said: dict[str, Any] = {
            "kind": Kind.APP,
            "status": Status.REFERENCED,
            "redirect_uris": self.redirects,
            "post_logout_redirect_uris": (f"{self.issuer}{CALLBACK}", "http://127.0.0.1/bye"),
            "grant_types": CODE,
            "scope": ASKED,
            "consents": MEASURES,
            "publisher": "Espace (démonstration)",
            "site_uri": "https://essais.example.org/",
            "description": "Essaie le service par un programme.",
            "purpose": "Essayer le service.",
            "policy_uri": "https://essais.example.org/confidentialite",
        }
        if self.suite is not None:
            said["post_logout_redirect_uris"] += (self.suite.at("post_logout_redirect"),)
        return Client(client_id=client_id, name=name, created_at=self.now, **said | more)

    def fapi(self, client_id: str, words: str, *, algorithm: str = "ES256", **options: Any) -> Party:
        """A FAPI 2.0 app that signs."""
        purpose = f"demo: {client_id}"
        key = key_of(self.vault, purpose) if algorithm == "ES256" else rsa_key(self.vault, purpose, algorithm)
        said = {"dpop_bound_access_tokens": True, "require_pushed_authorization_requests": True, **options}
        client = self.client(
            client_id,
            f"Essai {client_id}",
            profile="fapi2",
            auth_method=AuthMethod.PRIVATE_KEY_JWT,
            jwks={"keys": [key.as_dict(private=False)]},
            id_token_signed_response_alg="ES256",
            scope=ASKED | MANAGEMENT,
            options=Options(token_endpoint_auth_signing_alg=algorithm, **said),
        )
        return Party(client, words, key=key, tls=self.certificate(client_id, said))

    def certified(self, client_id: str, words: str) -> Party:
        """A FAPI 2.0 app that proves itself by its certificate."""
        identity = self.authority.app(client_id)
        client = self.client(
            client_id,
            f"Essai {client_id}",
            profile="fapi2",
            auth_method=AuthMethod.TLS_CLIENT_AUTH,
            scope=ASKED | MANAGEMENT,
            options=Options(
                tls_client_auth_subject_dn=identity.subject,
                tls_client_certificate_bound_access_tokens=True,
                require_pushed_authorization_requests=True,
            ),
        )
        return Party(client, words, tls=identity)

    def compat(self, client_id: str, method: AuthMethod) -> Party:
        """OpenID Connect Core as certified: no PKCE asked, RS256, two redirect addresses."""
        secret = secret_of(self.vault, client_id)
        client = self.client(
            client_id,
            f"Essai {client_id}",
            profile="compat",
            auth_method=method,
            secret_digest=digest(secret),
            redirect_uris=("http://127.0.0.1/cb", f"{self.issuer}{CALLBACK}", *self.of_suite()[:1]),
            id_token_signed_response_alg="RS256",
        )
        words = f"OpenID Connect Core as certified, {method}: only where the compat profile is served (--conformance)"
        return Party(client, words, secret=secret)

    def certificate(self, client_id: str, options: dict[str, Any]) -> Identity | None:
        """For apps whose tokens are bound to a certificate."""
        bound = options.get("tls_client_certificate_bound_access_tokens")
        return self.authority.app(client_id) if bound else None


def _backend(made: Maker) -> Party:
    key = strong_key(made.vault, "demo: svc")
    client = made.client(
        "svc",
        "Essai service",
        kind=Kind.MACHINE,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(key),
        redirect_uris=(),
        post_logout_redirect_uris=(),
        grant_types=frozenset({"client_credentials"}),
        scope=frozenset({"system/Observation.rs"}),
        consents=frozenset(),
        options=Options(response_types=(), token_endpoint_auth_signing_alg="ES384"),
    )
    return Party(client, "a SMART backend service: client_credentials, private_key_jwt (ES384)", key=key)


def _resource_server(made: Maker) -> Party:
    secret = secret_of(made.vault, "rs")
    client = made.client(
        "rs",
        "Essai serveur de données",
        kind=Kind.MACHINE,
        auth_method=AuthMethod.SECRET_BASIC,
        secret_digest=digest(secret),
        redirect_uris=(),
        post_logout_redirect_uris=(),
        grant_types=frozenset(),
        scope=frozenset(),
        consents=frozenset(),
        options=Options(response_types=(), audience=f"{made.issuer}/dossier/fhir"),
    )
    return Party(client, "a resource server: it only introspects, tokens for the dossier alone", secret=secret)


def _decoupled(made: Maker) -> Party:
    key = key_of(made.vault, "demo: ciba")
    client = made.client(
        "ciba",
        "Essai CIBA",
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(key),
        redirect_uris=(),
        grant_types=frozenset({CIBA, "refresh_token"}),
        options=Options(
            response_types=(),
            token_endpoint_auth_signing_alg="ES256",
            backchannel_token_delivery_mode="poll",
            backchannel_authentication_request_signing_alg="ES256",
        ),
    )
    return Party(client, "CIBA, poll mode: signed requests (ES256), private_key_jwt", key=key)


def _television(made: Maker) -> Party:
    client = made.client(
        "tv",
        "Essai télévision",
        auth_method=AuthMethod.NONE,
        redirect_uris=(),
        grant_types=frozenset({DEVICE, "refresh_token"}),
        options=Options(response_types=(), application_type="native"),
    )
    return Party(client, "a public app on a device without a keyboard (RFC 8628)")


def _smart(made: Maker, client_id: str, *, public: bool) -> Party:
    secret = None if public else secret_of(made.vault, client_id)
    client = made.client(
        client_id,
        f"Essai {client_id}",
        auth_method=AuthMethod.NONE if public else AuthMethod.SECRET_BASIC,
        secret_digest=digest(secret) if secret else None,
        id_token_signed_response_alg="RS256",
        scope=ASKED | {LAUNCH},
        options=Options(launch_uri=f"{made.issuer}{CALLBACK}"),
    )
    kind = "public" if public else "confidential (client_secret_basic)"
    return Party(
        client, f"a SMART app, {kind}: PKCE, Bearer tokens, RS256, launch, launch/patient, fhirUser", secret=secret
    )


def _listener(made: Maker) -> Party:
    secret = secret_of(made.vault, "ssf")
    client = made.client(
        "ssf",
        "Essai signaux",
        auth_method=AuthMethod.SECRET_BASIC,
        secret_digest=digest(secret),
        grant_types=CODE | {"client_credentials"},
        scope=ASKED | SIGNALS,
    )
    words = "signals (Shared Signals): its own stream by client_credentials, scope ssf.manage; it signs people in too"
    return Party(client, words, secret=secret)
