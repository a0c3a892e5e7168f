"""Does a client's registration hold together (RFC 7591 §2)?"""

from clients import redirects
from clients.records import AuthMethod, Client, Kind
from kit import jose

GRANT_TYPES = frozenset({"authorization_code", "refresh_token", "client_credentials"})
ID_TOKEN_ALGORITHMS = ("ES256", "RS256")


class BadMetadata(ValueError):
    """The registration contradicts itself; the message says which part and why."""


def check(client: Client) -> None:
    """Raises BadMetadata."""
    _addresses(client)
    _proof(client)
    unknown = client.grant_types - GRANT_TYPES
    if unknown:
        raise BadMetadata(f"grant_types: unknown {' '.join(sorted(unknown))}")
    if "client_credentials" in client.grant_types and client.public:
        raise BadMetadata("grant_types: a public client has no credentials of its own")
    if client.id_token_signed_response_alg not in ID_TOKEN_ALGORITHMS:
        raise BadMetadata(f"id_token_signed_response_alg: one of {', '.join(ID_TOKEN_ALGORITHMS)}")
    if client.first_party and client.kind is not Kind.PORTAL:
        raise BadMetadata("first_party: only a portal of ours")
    if not client.client_id or not client.name:
        raise BadMetadata("client_id and name are needed")


def _addresses(client: Client) -> None:
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        raise BadMetadata("redirect_uris: at least one is needed for authorization_code")
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, name):
            why = redirects.fit_to_register(uri)
            if why:
                raise BadMetadata(f"{name}: {uri}: {why}")


def _proof(client: Client) -> None:
    secret = client.auth_method in {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST}
    if secret != (client.secret_digest is not None):
        raise BadMetadata("secret: needed for client_secret_basic and client_secret_post, and for nothing else")
    if client.auth_method is AuthMethod.PRIVATE_KEY_JWT:
        if not client.jwks or not jose.import_keys(client.jwks):
            raise BadMetadata("jwks: private_key_jwt needs at least one signature key")
        if any("d" in key or key.get("kty") == "oct" for key in client.jwks["keys"]):
            raise BadMetadata("jwks: holds a private or symmetric key")
