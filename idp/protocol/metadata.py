"""What the provider says of itself, made from the lists that compose it (OIDC Discovery, RFC 8414, SMART 2.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients import profiles
from clients.profiles import Profile
from clients.records import AuthMethod
from consent import scopes
from consent import smart as smart_scopes
from idp.protocol import claims, details, grant_management, prompts, requests, responses
from kit import jose, jwe
from kit.proof import dpop

CLAIMS = (
    *("sub", "iss", "auth_time", "acr", "amr", "sid", "fhirUser"),
    *(name for names in claims.SCOPES.values() for name in names),
)
"""What an id token or userinfo may hold."""

SUBJECT_TYPES = ("pairwise", "public")
_SIGNED = ("id_token", "userinfo", "introspection", "authorization")
"""The answers that are signed, and encrypted to who registered for that."""


_SESSIONS = dict.fromkeys(
    (
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
    ),
    True,
)
"""Back-Channel Logout 1.0 §2.1, Front-Channel Logout 1.0 §3."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The lists that compose the server."""

    issuer: str
    resources: tuple[str, ...]
    grants: tuple[str, ...]
    algorithms: tuple[str, ...]
    """What we sign with."""
    profiles: tuple[Profile, ...]
    """Those that are served."""
    certificates: bool = True
    """Callers' certificates reach us (RFC 8705)."""
    encryption: tuple[str, ...] = ()
    """What request objects may be encrypted to us with."""

    @property
    def auth_methods(self) -> list[str]:
        """Every way for a client to prove itself, in a stable order."""
        served = {method for profile in self.profiles for method in profile.auth_methods}
        if not self.certificates:
            served -= {AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS}
        return [str(method) for method in AuthMethod if method in served]

    @property
    def response_types(self) -> list[str]:
        """What an authorization request may ask for, the code first."""
        return list(dict.fromkeys(kind for profile in self.profiles for kind in profile.response_types))

    @property
    def client_algorithms(self) -> list[str]:
        """What a client may sign its requests and its proofs with."""
        known = {name for profile in self.profiles for name in profile.signing_algorithms}
        return [name for name in jose.ALGORITHMS if name in known]

    @property
    def assertion_algorithms(self) -> list[str]:
        """The same for assertions, with the shared secret's where that is served."""
        shared = any(AuthMethod.SECRET_JWT in profile.auth_methods for profile in self.profiles)
        return [*self.client_algorithms, *(["HS256"] if shared else [])]


def facts(
    issuer: str,
    *,
    resources: Sequence[str],
    grants: Sequence[str],
    algorithms: Sequence[str],
    optional: Sequence[str],
    certificates: bool = True,
    encryption: Sequence[str] = (),
) -> Facts:
    """The facts of a house where the `optional` profiles are served too."""
    served = tuple(one for one in profiles.PROFILES.values() if not one.optional or one.name in optional)
    known = (tuple(resources), tuple(grants), tuple(algorithms))
    return Facts(issuer, *known, served, certificates, tuple(encryption))


def provider(known: Facts) -> dict[str, Any]:
    """OpenID Provider Metadata; RFC 8414's document is the same.

    `protected_resources` is RFC 9728 §4's; `pairing_endpoint` is our own: where an app sets its pairing up (R158).
    """
    issuer = known.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "end_session_endpoint": f"{issuer}/logout",
        **_requests(known),
        **_proofs(known),
        **_answers(known),
        **_SESSIONS,
        "protected_resources": [known.issuer, *known.resources],
        "pairing_endpoint": f"{issuer}/pairings",
    }


def _requests(known: Facts) -> dict[str, Any]:
    """What can be asked, and how (RFC 9126, RFC 9101, RFC 9396)."""
    return {
        "scopes_supported": scopes_supported(),
        "response_types_supported": known.response_types,
        "response_modes_supported": list(responses.MODES),
        "grant_types_supported": [*known.grants, *(["implicit"] if known.response_types != ["code"] else [])],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": sorted(requests.PROMPTS),
        "display_values_supported": sorted(requests.DISPLAYS),
        "ui_locales_supported": ["fr"],
        "acr_values_supported": list(prompts.REACHABLE),
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "authorization_details_types_supported": list(details.TYPES),
        "grant_management_endpoint": f"{known.issuer}{grant_management.PATH}",
        "grant_management_actions_supported": list(grant_management.ACTIONS),
        "grant_management_action_required": False,
        "require_pushed_authorization_requests": False,
        "require_signed_request_object": False,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": known.client_algorithms,
        "request_object_encryption_alg_values_supported": list(known.encryption),
        "request_object_encryption_enc_values_supported": list(jwe.ENCODINGS) if known.encryption else [],
    }


def _proofs(known: Facts) -> dict[str, Any]:
    """How a client proves itself, and what its tokens are bound to (RFC 8705, RFC 9449)."""
    said: dict[str, Any] = {}
    for endpoint in ("token", "revocation", "introspection"):
        closed = endpoint == "introspection"
        methods = [method for method in known.auth_methods if not (closed and method == "none")]
        said[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        said[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = known.assertion_algorithms
    return said | {
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": known.certificates,
    }


def _answers(known: Facts) -> dict[str, Any]:
    """What we say of people, and how it is signed and encrypted (JARM, RFC 9701, RFC 9207)."""
    return {
        "subject_types_supported": list(SUBJECT_TYPES),
        "authorization_response_iss_parameter_supported": True,
        **{f"{answer}_signing_alg_values_supported": list(known.algorithms) for answer in _SIGNED},
        **{f"{answer}_encryption_alg_values_supported": list(jwe.ALGORITHMS) for answer in _SIGNED},
        **{f"{answer}_encryption_enc_values_supported": list(jwe.ENCODINGS) for answer in _SIGNED},
    }


_SMART = (
    *("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "introspection_endpoint"),
    *("revocation_endpoint", "registration_endpoint", "pushed_authorization_request_endpoint", "grant_types_supported"),
    *("token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"),
    *("scopes_supported", "response_types_supported", "code_challenge_methods_supported"),
)
"""What the document at a FHIR base repeats of the provider's."""


def smart(known: Facts, document: Mapping[str, Any], *, manage: str) -> dict[str, Any]:
    """SMART App Launch 2.2 §2.1.7: what an app finds at a FHIR base. `document` is the provider's own.

    `manage` is the page where people see and stop what they agreed to.
    """
    told = {name: document[name] for name in _SMART if name in document}
    return {**told, "management_endpoint": manage, "capabilities": _capabilities(known, document)}


def _capabilities(known: Facts, document: Mapping[str, Any]) -> list[str]:
    """What we can, each word with what makes it true (SMART App Launch 2.2, "Capability Sets")."""
    methods, words = set(known.auth_methods), set(scopes_supported())
    code, portal = "authorization_code" in known.grants, "portal_launch_endpoint" in document
    true = {
        "launch-ehr": portal,
        "launch-standalone": code,
        "authorize-post": code,
        "client-public": AuthMethod.NONE in methods,
        "client-confidential-symmetric": AuthMethod.SECRET_BASIC in methods,
        "client-confidential-asymmetric": AuthMethod.PRIVATE_KEY_JWT in methods,
        "sso-openid-connect": {"openid", "fhirUser"} <= words,
        "context-banner": portal,
        "context-ehr-patient": portal,
        "context-standalone-patient": "launch/patient" in words,
        "permission-offline": "offline_access" in words,
        "permission-online": "online_access" in words,
        "permission-patient": any(word.startswith("patient/") for word in words),
        "permission-v1": smart_scopes.former("patient/Observation.read"),
        "permission-v2": any("?" in word for word in words),
    }
    return [word for word, so in true.items() if so]


def scopes_supported() -> list[str]:
    """Every scope that an app may be allowed to ask."""
    data = [*sorted(scopes.scopes_of(scopes.CONSENTS)), *scopes.CONSENTS]
    return [*sorted(scopes.IDENTITY), scopes.PAIRING, *data, *sorted(scopes.OWN)]
