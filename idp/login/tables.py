"""Sign-ins in progress, and the one-time codes sent for them."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, text

from kit.database import Instant, metadata

_LIVE = text("used_at IS NULL AND replaced_at IS NULL")

logins = Table(
    "idp_logins",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the secret in the browser's cookie
    Column("person_id", String(40), nullable=False),
    Column("path", Text, nullable=False),  # where the browser goes afterwards: one of our own paths
    Column("towards", Text, nullable=False),  # the address outside that the path may lead to
    Column("newcomer", Boolean, nullable=False),  # the space has just been activated
    Column("tries", Integer, nullable=False),  # codes typed so far
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("ended_at", Instant),
    Index("ix_idp_logins_person_id", "person_id"),
    Index("ix_idp_logins_expires_at", "expires_at"),
)

one_time_codes = Table(
    "idp_one_time_codes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("login_id", String(40), nullable=False),
    Column("person_id", String(40), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("destination", String(254), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("replaced_at", Instant),
    # One code counts for a sign-in: the last one sent.
    Index("uq_idp_one_time_codes_live", "login_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_idp_one_time_codes_person_id", "person_id", "sent_at"),
    Index("ix_idp_one_time_codes_expires_at", "expires_at"),
)
