"""Launches that a portal of ours prepared: values are kept as digests only."""

from sqlalchemy import Column, String, Table

from kit.database import Instant, metadata

launches = Table(
    "idp_launches",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("client_id", String(100), nullable=False),
    Column("person_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),  # where the person is, and the app will be
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),  # spent when the authorization is given, not when its page is opened
)
