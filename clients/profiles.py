"""How strict the provider is with a client: a profile is a value, and the checks read it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from clients.records import AuthMethod, Client

_KEYS = frozenset({AuthMethod.PRIVATE_KEY_JWT, AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS})
_SECRETS = frozenset({AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST})


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything in which one kind of client is treated unlike another."""

    name: str
    auth_methods: frozenset[AuthMethod]
    """How its clients may prove who they are."""
    signing_algorithms: tuple[str, ...]
    """What they may sign assertions, request objects and proofs with."""
    id_token_algorithms: tuple[str, ...]
    """What we may sign for them with."""
    assertion_audience: Literal["issuer", "endpoints"]
    """`issuer`: alone, as one string (FAPI 2.0 §5.3.2.1); `endpoints`: the address called is good too (SMART 2.2)."""
    pkce: Literal["always", "public"]
    """Who must send a code challenge. OpenID Connect Core as certified knows no PKCE: `public` is for that only."""
    pushed: bool
    """Requests come by the back channel (RFC 9126), never as parameters in the browser."""
    bound: bool
    """Access tokens are good only in the hands of who holds a key (RFC 9449, RFC 8705)."""
    redirect_said: bool
    """A request names its redirect address even where only one is registered (OpenID Connect Core §3.1.2.1, FAPI)."""
    dpop_nonce: bool
    """A DPoP proof holds a nonce of ours (RFC 9449 §8)."""
    response_types: tuple[str, ...] = ("code",)
    """What its clients may ask for. More than a code is for OpenID Connect Core as certified (§15.2) alone."""
    merges: bool = False
    """A request object need not say everything: what stands beside it counts too (OpenID Connect Core §6.1)."""
    optional: bool = False
    """Served only where the settings name it."""


FAPI2 = Profile(
    name="fapi2",
    auth_methods=_KEYS,
    signing_algorithms=("PS256", "ES256", "EdDSA"),
    id_token_algorithms=("ES256", "PS256", "EdDSA"),
    assertion_audience="issuer",
    pkce="always",
    pushed=True,
    bound=True,
    redirect_said=True,
    dpop_nonce=False,
)
STANDARD = Profile(
    name="standard",
    auth_methods=_KEYS | _SECRETS | {AuthMethod.NONE},
    signing_algorithms=("ES256", "ES384", "PS256", "EdDSA", "RS256"),
    id_token_algorithms=("ES256", "PS256", "EdDSA", "RS256"),
    assertion_audience="endpoints",
    pkce="always",
    pushed=False,
    bound=False,
    redirect_said=False,
    dpop_nonce=False,
)
COMPAT = Profile(
    name="compat",
    auth_methods=_KEYS | _SECRETS | {AuthMethod.SECRET_JWT},
    signing_algorithms=("ES256", "ES384", "PS256", "EdDSA", "RS256"),
    id_token_algorithms=("RS256", "ES256", "PS256", "EdDSA"),
    assertion_audience="endpoints",
    pkce="public",
    pushed=False,
    bound=False,
    redirect_said=True,
    dpop_nonce=False,
    response_types=("code", "id_token", "id_token token"),
    merges=True,
    optional=True,
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (STANDARD, FAPI2, COMPAT)}


def of(client: Client) -> Profile:
    """The profile of a client."""
    return PROFILES[client.profile]


def enabled(client: Client, served: Collection[str]) -> bool:
    """False for a profile that is served only where the settings name it (`served`), and do not."""
    return not of(client).optional or client.profile in served


def rotates(client: Client) -> bool:
    """True when each refresh token is used once.

    RFC 9700 §4.14.2 wants it of public clients, always; FAPI 2.0 §5.3.2.1 forbids it where what is issued is worthless
    without the client's own key.
    """
    return client.public or not bound(client)


def bound(client: Client) -> bool:
    """True when this client's access tokens are always bound to a key."""
    options = client.options
    return of(client).bound or options.dpop_bound_access_tokens or options.tls_client_certificate_bound_access_tokens
