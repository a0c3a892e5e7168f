"""What the provider says of itself, made from the lists that compose it (OIDC Discovery, RFC 8414, SMART 2.2)."""

from collections.abc import Sequence
from typing import Any

from consent import scopes
from idp.protocol import claims
from kit import jose, jwe

CLAIMS = (
    *("sub", "iss", "auth_time", "acr", "amr", "sid", "fhirUser"),
    *(name for names in claims.SCOPES.values() for name in names),
)
"""What an id token or userinfo may hold."""

SUBJECT_TYPES = ("pairwise", "public")
_ENCRYPTED = ("id_token", "userinfo", "introspection")
"""The answers that are encrypted to who registered for that."""


def provider(
    issuer: str,
    *,
    resources: Sequence[str],
    grants: Sequence[str],
    auth_methods: Sequence[str],
    algorithms: Sequence[str],
    client_algorithms: Sequence[str],
) -> dict[str, Any]:
    """OpenID Provider Metadata; RFC 8414's document is the same.

    `protected_resources` is RFC 9728 §4's; `pairing_endpoint` is our own: where an app sets its pairing up (R158).
    """
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": scopes_supported(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(grants),
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(algorithms),
        "userinfo_signing_alg_values_supported": list(algorithms),
        "introspection_signing_alg_values_supported": list(algorithms),
        **{f"{answer}_encryption_alg_values_supported": list(jwe.ALGORITHMS) for answer in _ENCRYPTED},
        **{f"{answer}_encryption_enc_values_supported": list(jwe.ENCODINGS) for answer in _ENCRYPTED},
        "token_endpoint_auth_methods_supported": list(auth_methods),
        "token_endpoint_auth_signing_alg_values_supported": list(client_algorithms),
        "revocation_endpoint_auth_methods_supported": list(auth_methods),
        "revocation_endpoint_auth_signing_alg_values_supported": list(client_algorithms),
        "introspection_endpoint_auth_methods_supported": [m for m in auth_methods if m != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(client_algorithms),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["eidas1", "eidas2"],
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["fr"],
        "protected_resources": list(resources),
        "pairing_endpoint": f"{issuer}/pairings",
    }


def smart(
    issuer: str, *, grants: Sequence[str], auth_methods: Sequence[str], client_algorithms: Sequence[str]
) -> dict[str, Any]:
    """SMART App Launch 2.2 §2.1.7: what an app finds at a FHIR base."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "management_endpoint": f"{issuer}/espace/applications",
        "grant_types_supported": list(grants),
        "token_endpoint_auth_methods_supported": list(auth_methods),
        "token_endpoint_auth_signing_alg_values_supported": list(client_algorithms),
        "scopes_supported": scopes_supported(),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-standalone",
            "authorize-post",
            "client-public",
            "client-confidential-symmetric",
            "client-confidential-asymmetric",
            "sso-openid-connect",
            "context-standalone-patient",
            "permission-offline",
            "permission-online",
            "permission-patient",
            "permission-v1",
            "permission-v2",
        ],
    }


def scopes_supported() -> list[str]:
    """Every scope that an app may be allowed to ask."""
    return [*sorted(scopes.IDENTITY), scopes.PAIRING, *sorted(scopes.scopes_of(scopes.CONSENTS)), *scopes.CONSENTS]


def client_algorithms() -> list[str]:
    """What a client may sign its assertions with."""
    return list(jose.ALGORITHMS)
