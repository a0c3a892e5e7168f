"""Does a client's registration hold together (RFC 7591 §2)?"""

from clients import addresses, algorithms, profiles
from clients.records import AuthMethod, Client, Kind
from kit import jose

GRANT_TYPES = frozenset(
    {
        "authorization_code",
        "implicit",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:openid:params:grant-type:ciba",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)


_CONFIDENTIAL = frozenset(
    {
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)


class BadMetadata(ValueError):
    """The registration contradicts itself; the message says which part and why."""

    @property
    def member(self) -> str:
        """The member of the registration that is wrong."""
        return str(self).partition(":")[0]


def check(client: Client) -> None:
    """Raises BadMetadata."""
    profile = profiles.PROFILES.get(client.profile)
    if profile is None:
        raise BadMetadata(f"profile: one of {', '.join(profiles.PROFILES)}")
    if client.auth_method not in profile.auth_methods:
        raise BadMetadata(f"token_endpoint_auth_method: {client.auth_method} is not for the profile {profile.name}")
    for fault in algorithms.faults(client, profile):
        raise BadMetadata(fault)
    _addresses(client)
    _proof(client)
    unknown = client.grant_types - GRANT_TYPES
    if unknown:
        raise BadMetadata(f"grant_types: unknown {' '.join(sorted(unknown))}")
    _types(client)
    if client.grant_types & _CONFIDENTIAL and client.public:
        raise BadMetadata("grant_types: a public client has no credentials of its own")
    if client.kind is not Kind.MACHINE and any(word.startswith("system/") for word in client.scope):
        raise BadMetadata("scope: system/ is for machines, which act for no person (SMART Backend Services)")
    if client.first_party and client.kind is not Kind.PORTAL:
        raise BadMetadata("first_party: only a portal of ours")
    if not client.client_id or not client.name:
        raise BadMetadata("client_id and name are needed")


def _types(client: Client) -> None:
    """RFC 7591 §2.1: response types and grant types say the same thing."""
    served, asked = profiles.PROFILES[client.profile].response_types, client.options.response_types
    strange = [one for one in asked if one not in served]
    if strange:
        raise BadMetadata(f"response_types: {strange[0]} is not served: {', '.join(served)}")
    implicit = any(one != "code" for one in asked)
    if implicit != ("implicit" in client.grant_types):
        raise BadMetadata("grant_types: implicit goes with the response types that give tokens at once, and only so")
    if "id_token token" in asked and profiles.bound(client):
        raise BadMetadata("response_types: a token that is bound to a key is given at the token endpoint only")
    if implicit and client.options.id_token_encrypted_response_alg:
        raise BadMetadata("response_types: an encrypted id token is given at the token endpoint only")
    asks = "authorization_code" in client.grant_types
    if asks and "code" not in client.options.response_types:
        raise BadMetadata("response_types: code goes with the grant type authorization_code")
    ciba = client.options.backchannel_token_delivery_mode
    told = client.options.backchannel_client_notification_endpoint
    if ("urn:openid:params:grant-type:ciba" in client.grant_types) != bool(ciba):
        raise BadMetadata("backchannel_token_delivery_mode: goes with the grant type of CIBA, and only with it")
    if ciba in {"ping", "push"} and not told:
        raise BadMetadata(f"backchannel_client_notification_endpoint: {ciba} needs it (CIBA §4)")


def _addresses(client: Client) -> None:
    if client.grant_types & {"authorization_code", "implicit"} and not client.redirect_uris:
        raise BadMetadata("redirect_uris: at least one is needed for authorization_code")
    for fault in addresses.faults(client):
        raise BadMetadata(fault)


def _proof(client: Client) -> None:
    secret = client.auth_method in {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST}
    if secret != (client.secret_digest is not None):
        raise BadMetadata("secret: needed for client_secret_basic and client_secret_post, and for nothing else")
    if (client.auth_method is AuthMethod.SECRET_JWT) != (client.secret_sealed is not None):
        raise BadMetadata("secret: client_secret_jwt, and only it, needs the secret sealed")
    if client.jwks is not None and client.options.jwks_uri:
        raise BadMetadata("jwks: either jwks or jwks_uri (RFC 7591 §2)")
    if client.jwks and any("d" in key or key.get("kty") == "oct" for key in client.jwks.get("keys", ())):
        raise BadMetadata("jwks: holds a private or symmetric key")
    keyed = client.auth_method in {AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SELF_SIGNED_TLS}
    if keyed and not client.options.jwks_uri and not jose.import_keys(client.jwks or {}):
        raise BadMetadata(f"jwks: {client.auth_method} needs at least one signature key")
    if client.auth_method is AuthMethod.TLS_CLIENT_AUTH and sum(map(bool, _names_of_certificate(client))) != 1:
        raise BadMetadata("tls_client_auth: exactly one name of the certificate is needed (RFC 8705 §2.1.2)")


def _names_of_certificate(client: Client) -> tuple[str, ...]:
    said = client.options
    names = (said.tls_client_auth_san_dns, said.tls_client_auth_san_uri, said.tls_client_auth_san_ip)
    return (said.tls_client_auth_subject_dn, *names, said.tls_client_auth_san_email)
