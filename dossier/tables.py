"""The dossier's tables. Everything is keyed by person: one person's rows can be moved, counted, closed together."""

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from kit.database import Instant, metadata

observations = Table(
    "dossier_observations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("measure", String(40), nullable=False),
    Column("value", Float, nullable=False),
    Column("second_value", Float),
    Column("unit", String(20), nullable=False),
    Column("converted", Integer, nullable=False),
    Column("unusual", Integer, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("status", String(20), nullable=False),
    Column("categories", String(120), nullable=False),
    Column("source_kind", String(20), nullable=False),
    Column("source_client", String(120), nullable=False),
    Column("source_name", String(200), nullable=False),
    Column("grant_id", String(64)),
    Column("device_id", String(64)),
    Column("identifier_system", String(255)),
    Column("identifier_value", String(255)),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # The value first: it tells most, and a search by identifier alone uses it too.
    UniqueConstraint(
        "person_id",
        "identifier_value",
        "identifier_system",
        "source_client",
        name="uq_dossier_observations_identifier",
    ),
    # A curve, a search by code, the newest of everything, what came since: each reads only its own page.
    Index("ix_dossier_observations_measure", "person_id", "measure", "begins_at", "id"),
    Index("ix_dossier_observations_begins", "person_id", "begins_at", "id"),
    Index("ix_dossier_observations_recorded", "person_id", "recorded_at", "id"),
)
"""Measures. `value` is in the catalogue's `unit`, `body` is the resource as it came; categories read |vital-signs|."""

devices = Table(
    "dossier_devices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("source_client", String(120), nullable=False),
    Column("identifier_system", String(255), nullable=False),
    Column("identifier_value", String(255), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint(
        "person_id", "source_client", "identifier_system", "identifier_value", name="uq_dossier_devices_identifier"
    ),
)
"""What measured: kept once a person and an application, as long as a measure names it."""
