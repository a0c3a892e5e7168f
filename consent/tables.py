"""Spaces, grants and their versions, mandates, counters, and the journal with the heads of its chains."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, text

from kit.database import Instant, Json, metadata

spaces = Table(
    "consent_spaces",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("notified_at", Instant),
    Column("created_at", Instant),
    Column("activated_at", Instant),
    Column("objected_at", Instant),
    Column("closed_at", Instant),
    Column("reason", String(200), nullable=False),
    Column("changed_at", Instant, nullable=False),
)

_ALIVE = text("status <> 'ended'")
_RUNNING = text("status IN ('active', 'paused')")
_WAITING = text("status = 'pending'")

grants = Table(
    "consent_grants",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(40), nullable=False),
    Column("client_id", String(100), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("scope", Json, nullable=False),
    Column("consents", Json, nullable=False),
    Column("details", Json),  # what limits it more closely (RFC 9396)
    Column("declined", Json, nullable=False),  # scopes left out by the person
    Column("since", Instant),
    Column("until", Instant),
    Column("duration", String(20)),
    Column("purpose", Text, nullable=False),
    Column("ended_because", String(20)),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("pairing_id", String(40), unique=True),
    Column("return_uri", Text),
    Column("app_state", Text),
    Column("patient_reference", LargeBinary),  # what the app says of its own patient, sealed with the person's key
    Index("ix_consent_grants_person", "person_id", "created_at"),
    # One living grant for a person and an app; whoever comes second finds the first.
    Index(
        "uq_consent_grants_living",
        "person_id",
        "client_id",
        unique=True,
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    ),
    Index("ix_consent_grants_until", "until", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    Index("ix_consent_grants_waiting", "created_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_consent_grants_client", "client_id", sqlite_where=_ALIVE, postgresql_where=_ALIVE),
)

versions = Table(
    "consent_grant_versions",
    metadata,
    Column("grant_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("status", String(20), nullable=False),
    Column("scope", Json, nullable=False),
    Column("consents", Json, nullable=False),
    Column("details", Json),
    Column("since", Instant),
    Column("until", Instant),
    Column("duration", String(20)),
    Column("purpose", Text, nullable=False),
    Column("ended_because", String(20)),
    Column("by_kind", String(20), nullable=False),
    Column("by_id", String(100), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("at", Instant, nullable=False),
)

grant_days = Table(
    "consent_grant_days",
    metadata,
    Column("grant_id", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),  # ISO 8601, UTC
    Column("calls", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("last_at", Instant),  # the last call that was allowed
    Index("ix_consent_grant_days_day", "day"),
)

mandates = Table(
    "consent_mandates",
    metadata,
    Column("parent_id", String(40), primary_key=True),
    Column("child_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Index("ix_consent_mandates_child", "child_id"),
)

journal = Table(
    "consent_journal",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor_kind", String(20), nullable=False),
    Column("actor_id", String(100), nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("for_person", String(40)),
    Column("action", String(60), nullable=False),
    Column("object_kind", String(60), nullable=False),
    Column("object_ids", Json, nullable=False),
    Column("object_name", String(200), nullable=False),
    Column("count", Integer, nullable=False),
    Column("context", String(60), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("because", String(60), nullable=False),
    Column("client_id", String(100)),
    Column("client_name", String(200), nullable=False),
    Column("grant_id", String(40)),
    Column("address_hint", String(60), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index("ix_consent_journal_client", "person_id", "client_id", "seq"),
)

heads = Table(
    "consent_journal_heads",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
