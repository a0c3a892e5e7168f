"""Streams of signals, what waits in them, and whom they leave out."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from kit.database import Instant, Json, metadata

streams = Table(
    "idp_signal_streams",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(100), nullable=False, unique=True),  # one stream each
    Column("description", Text),
    Column("requested", Json),  # event types, as the receiver wrote them
    Column("method", String(40), nullable=False),
    Column("endpoint_url", Text),  # the receiver's, for push
    Column("authorization", LargeBinary),  # what the receiver wants to be told with a push, sealed
    Column("format", String(20), nullable=False),  # how people are named
    Column("status", String(10), nullable=False),  # enabled | paused | disabled
    Column("reason", Text),
    Column("verified_at", Instant),  # when a verification was last asked for
    Column("pushing_by", String(40)),  # the one delivery that may push now, so that events keep their order
    Column("pushing_until", Instant),
    Column("failures", Integer, nullable=False),  # pushes that failed since the last one that did not
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

waiting = Table(
    "idp_signals",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),  # the jti of the token
    Column("stream_id", String(40), nullable=False),
    Column("claims", Json, nullable=False),  # signed when it leaves
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_idp_signals_stream", "stream_id", "position"),
    Index("ix_idp_signals_expires_at", "expires_at"),
)

left_out = Table(
    "idp_signal_subjects_left_out",
    metadata,
    Column("stream_id", String(40), primary_key=True),
    Column("digest", String(43), primary_key=True),  # of the subject, as the receiver names it
    Column("since", Instant, nullable=False),
)
