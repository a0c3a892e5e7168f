"""The catalogue of clients."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text

from kit.database import Instant, Json, metadata

clients = Table(
    "clients_clients",
    metadata,
    Column("client_id", String(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("profile", String(20), nullable=False),
    Column("auth_method", String(40), nullable=False),
    Column("secret_digest", String(64)),
    Column("secret_sealed", LargeBinary),  # client_secret_jwt only
    Column("jwks", Json),
    Column("redirect_uris", Json, nullable=False),
    Column("post_logout_redirect_uris", Json, nullable=False),
    Column("grant_types", Json, nullable=False),
    Column("scope", Json, nullable=False),
    Column("consents", Json, nullable=False),
    Column("first_party", Boolean, nullable=False),
    Column("publisher", String(200), nullable=False),
    Column("site_uri", Text, nullable=False),
    Column("logo", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("policy_uri", Text, nullable=False),
    Column("sector", String(255), nullable=False),
    Column("id_token_signed_response_alg", String(20), nullable=False),
    Column("access_token_lifetime", Integer),  # seconds; none: the provider's own
    Column("options", Json, nullable=False),  # clients.options: names of the OAuth registry
    Column("registration_digest", String(64)),  # RFC 7592: who holds the token may change the registration
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

invitations = Table(
    "clients_invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String(200), nullable=False),
    Column("profile", String(20), nullable=False),
    Column("scope", Json, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
