"""What the patient's web application keeps: who is signed in here, and who left to sign in."""

from sqlalchemy import Column, Index, Integer, String, Table

from kit.database import Instant, Sealed, metadata

sessions = Table(
    "portal_sessions",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kept", Sealed, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Index("ix_portal_sessions_ends_at", "ends_at"),
)

sign_ins = Table(
    "portal_sign_ins",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("browser", String(43), nullable=False),
    Column("kept", Sealed, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Index("ix_portal_sign_ins_ends_at", "ends_at"),
)
