"""Codes, families of tokens, and what must not be seen twice. Values are kept as digests only."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from kit.database import Instant, Json, metadata

interactions = Table(
    "idp_interactions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("request", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("done_at", Instant),
    Column("answer", LargeBinary),  # sealed under a key that only the interaction's own name gives
)

codes = Table(
    "idp_codes",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("client_id", String(100), nullable=False),
    Column("person_id", String(40), nullable=False),
    Column("grant_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("family_id", String(40), nullable=False),  # the family that will be born of it
    Column("redirect_uri", Text, nullable=False),
    Column("redirect_said", String(3), nullable=False),  # "yes" when the request named it (RFC 6749 §4.1.3)
    Column("scope", Text, nullable=False),
    Column("audience", Json, nullable=False),
    Column("nonce", Text),
    Column("code_challenge", String(128)),  # none: only for a client whose profile knows no PKCE
    Column("jkt", String(43)),  # the DPoP key that must bring it (RFC 9449 §10)
    Column("claims", Json),  # OpenID Connect Core §5.5
    Column("details", Json),  # RFC 9396
    Column("former", Text),  # scopes asked in version 1 of SMART: the answer says them so
    Column("auth_time", Instant, nullable=False),
    Column("acr", String(60), nullable=False),
    Column("amr", Json, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("replayed_at", Instant),
    Index("ix_idp_codes_session", "session_id"),
)

families = Table(
    "idp_families",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(100), nullable=False),
    Column("person_id", String(40), nullable=False),
    Column("grant_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("kind", String(10), nullable=False),  # offline: outlives the session | online: ends with it
    Column("scope", Text, nullable=False),
    Column("audience", Json, nullable=False),
    Column("binding", String(60)),  # the key that a public client must refresh with (RFC 9449 §5)
    Column("claims", Json),
    Column("details", Json),
    Column("former", Text),
    Column("actor", Json),  # who acts for the person (RFC 8693 §4.1)
    Column("auth_time", Instant, nullable=False),
    Column("acr", String(60), nullable=False),
    Column("amr", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_because", String(40)),
    Index("ix_idp_families_grant", "grant_id"),
    Index("ix_idp_families_session", "session_id"),
    Index("ix_idp_families_expires", "expires_at"),
)

pushed_requests = Table(
    "idp_pushed_requests",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("client_id", String(100), nullable=False),
    Column("request", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),  # burnt when the authorization is given, not when its page is opened
)

refresh_tokens = Table(
    "idp_refresh_tokens",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("family_id", String(40), nullable=False, index=True),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("successor", LargeBinary),  # sealed under a key that only the holder of the token itself can derive
)

opaque_tokens = Table(
    "idp_opaque_tokens",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("claims", Json, nullable=False),  # as a signed token would say them (RFC 9068 §2.2)
    Column("expires_at", Instant, nullable=False, index=True),
)

revoked_tokens = Table(
    "idp_revoked_tokens",
    metadata,
    Column("token_id", String(40), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

seen_assertions = Table(
    "idp_seen_assertions",
    metadata,
    Column("digest", String(43), primary_key=True),  # of client and jti together
    Column("expires_at", Instant, nullable=False, index=True),
)

told = Table(
    "idp_told",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("last", String(40), nullable=False),  # the last of those that were gone through (idp.entering)
)
