"""Tables of the stand-ins: what the demo's mailbox holds, and what the reader app keeps of its own."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from kit.database import Instant, Json, Sealed, metadata

messages = Table(
    "sandbox_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("reference", String(120), unique=True),
    Column("channel", String(10), nullable=False),
    Column("to", String(254), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_sandbox_messages_to", "to", "sent_at"),
    Index("ix_sandbox_messages_sent_at", "sent_at"),
)

links = Table(
    "glucolink_links",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("browser", String(43), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("tokens", Sealed),
    Column("token_version", Integer, nullable=False, default=0),
    Column("pairing_uri", Text),
    Column("trouble", String(40)),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

departures = Table(
    "glucolink_departures",
    metadata,
    Column("state", String(43), primary_key=True),
    Column("browser", String(43), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("secrets", Sealed, nullable=False),
    Column("left_at", Instant, nullable=False),
    Index("ix_glucolink_departures_left_at", "left_at"),
)

uploads = Table(
    "glucolink_uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("link_id", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("state", String(12), nullable=False),
    Column("order", String(3)),
    Column("total", Integer, nullable=False, default=0),
    Column("added", Integer, nullable=False, default=0),
    Column("known", Integer, nullable=False, default=0),
    Column("refused", Integer, nullable=False, default=0),
    Column("unread", Integer, nullable=False, default=0),
    Column("aside", Integer, nullable=False, default=0),
    Column("reasons", Json),
    Column("trouble", String(40)),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_glucolink_uploads_link", "link_id", "made_at"),
)
