"""Provisional codes, and activations in progress."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from kit.database import Instant, metadata

_LIVE = text("used_at IS NULL AND ended_at IS NULL")

provisional_codes = Table(
    "idp_provisional_codes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(40), ForeignKey("idp_people.id"), nullable=False),
    Column("mark", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("ended_at", Instant),  # replaced by another (R007)
    # One live code a person, whatever happens at the same time.
    Index("uq_idp_provisional_codes_live", "person_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_idp_provisional_codes_person_id", "person_id"),
    Index("ix_idp_provisional_codes_expires_at", "expires_at"),
)

enrolments = Table(
    "idp_enrolments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the secret in the browser's cookie
    Column("person_id", String(40), nullable=False),
    Column("code_id", String(40), nullable=False),
    Column("terms_version", String(40)),  # once the person chose to activate and accepted them
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("activated_at", Instant),
    Index("ix_idp_enrolments_person_id", "person_id"),
    Index("ix_idp_enrolments_expires_at", "expires_at"),
)
