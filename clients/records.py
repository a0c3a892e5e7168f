"""A third-party app, the portal or a machine, as the catalogue knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from clients.options import USUAL, Options


class Kind(StrEnum):
    """What the client is."""

    APP = "app"
    PORTAL = "portal"
    MACHINE = "machine"


class Status(StrEnum):
    """Where the client stands in the catalogue (R154, R155)."""

    CANDIDATE = "candidate"
    LISTED = "listed"
    """In the catalogue as a link only: no exchange (R155, step 1)."""
    REFERENCED = "referenced"
    """May exchange data with the spaces that agree (R155, step 2)."""
    SUSPENDED = "suspended"
    DELISTED = "delisted"


class AuthMethod(StrEnum):
    """How the client proves who it is at the token endpoint (OpenID Connect Core §9)."""

    NONE = "none"
    SECRET_BASIC = "client_secret_basic"  # noqa: S105
    SECRET_POST = "client_secret_post"  # noqa: S105
    SECRET_JWT = "client_secret_jwt"  # noqa: S105
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS_CLIENT_AUTH = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"


@dataclass(frozen=True, slots=True)
class Client:
    """One client. What it may ever ask is here; what it may do now is the consent's to say."""

    client_id: str
    name: str
    kind: Kind
    status: Status
    created_at: datetime
    profile: str = "standard"
    auth_method: AuthMethod = AuthMethod.PRIVATE_KEY_JWT
    secret_digest: str | None = None
    secret_sealed: bytes | None = None
    """The secret itself, sealed: only for client_secret_jwt, which is verified with it."""
    jwks: Mapping[str, Any] | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    scope: frozenset[str] = frozenset({"openid"})
    """Every scope that it may ever ask."""
    consents: frozenset[str] = frozenset()
    """The data types and directions that its referencing allows: "measures:read"…"""
    first_party: bool = False
    """The person's own portal: it asks no consent and is not listed among the apps."""
    publisher: str = ""
    site_uri: str = ""
    logo: str = ""
    description: str = ""
    purpose: str = ""
    policy_uri: str = ""
    sector: str = ""
    """What pairwise subjects are drawn from (OpenID Connect Core §8.1); the client's own identifier by default."""
    id_token_signed_response_alg: str = "ES256"  # noqa: S105
    access_token_lifetime: timedelta | None = None
    options: Options = USUAL
    """What it registered beyond the ordinary."""
    registration_digest: str | None = None
    """Of the token that changes this registration (RFC 7592 §3)."""

    @property
    def may_exchange(self) -> bool:
        """R155: only a referenced client has any OAuth grant."""
        return self.status is Status.REFERENCED

    @property
    def public(self) -> bool:
        """A client that cannot keep a secret (RFC 6749 §2.1)."""
        return self.auth_method is AuthMethod.NONE
