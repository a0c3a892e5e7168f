"""Whom an app means: the names by which it was told of people."""

from sqlalchemy import Column, String, Table

from kit.database import Instant, metadata

subjects = Table(
    "idp_ciba_subjects",
    metadata,
    Column("digest", String(43), primary_key=True),  # of the subject that the app knows
    Column("person_id", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

user_codes = Table(
    "idp_ciba_user_codes",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("mark", String(43), nullable=False),  # keyed: a code is short
    Column("changed_at", Instant, nullable=False),
)
