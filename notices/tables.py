"""What was sent: enough for support to answer "did you write to me?", nothing of what was said."""

from sqlalchemy import Column, Index, String, Table

from kit.database import Instant, metadata

sent = Table(
    "notices_sent",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(40)),
    Column("channel", String(10), nullable=False),
    Column("template", String(40), nullable=False),
    Column("to_masked", String(80), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_notices_sent_person", "person_id", "sent_at"),
    Index("ix_notices_sent_at", "sent_at"),
)
