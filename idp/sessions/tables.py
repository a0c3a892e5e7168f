"""Sessions of people, and the devices they came from before."""

from sqlalchemy import Column, Index, String, Table

from kit.database import Instant, Json, metadata

sessions = Table(
    "idp_sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the secret in the browser's cookie
    Column("person_id", String(40), nullable=False),
    Column("auth_time", Instant, nullable=False),
    Column("acr", String(100), nullable=False),
    Column("amr", Json, nullable=False),
    Column("device", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_because", String(20)),
    Index("ix_idp_sessions_person_id", "person_id"),
    Index("ix_idp_sessions_expires_at", "expires_at"),
)

devices = Table(
    "idp_devices",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the secret in the device's long-lived cookie
    Column("words", String(100), nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_idp_devices_digest", "digest"),
    Index("ix_idp_devices_expires_at", "expires_at"),
)
