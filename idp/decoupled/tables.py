"""Requests made on one device and answered on another. Codes are kept as digests only."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from kit.database import Instant, Json, metadata

demands = Table(
    "idp_demands",
    metadata,
    Column("digest", String(43), primary_key=True),  # of the device_code or the auth_req_id
    Column("id", String(40), nullable=False, unique=True),  # its name in our own pages: it opens nothing
    Column("kind", String(10), nullable=False),  # device | ciba
    Column("client_id", String(100), nullable=False),
    Column("person_id", String(40)),  # device: who answered; ciba: who is asked
    Column("user_code", String(43), unique=True),  # device: keyed digest of what the person types
    Column("request", Json, nullable=False),
    Column("extra", Json, nullable=False),
    Column("sealed", LargeBinary),  # ciba: what the app is told with
    Column("address", String(45), nullable=False),  # where the request came from
    Column("interval", Integer, nullable=False),  # seconds between two questions of the app
    Column("status", String(10), nullable=False),  # waiting | allowed | refused | replaced
    Column("family_id", String(40), nullable=False),  # the family that will be born of it
    Column("grant_id", String(40)),
    Column("session_id", String(40), nullable=False),  # where it was allowed
    Column("agreed", Json),
    Column("auth_time", Instant),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("polled_at", Instant),
    Column("decided_at", Instant),
    Column("used_at", Instant),
    Index("ix_idp_demands_person_id", "person_id"),
)
