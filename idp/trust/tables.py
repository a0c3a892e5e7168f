"""Who a person is to others: names that issuers we trust know them by."""

from sqlalchemy import Column, Index, String, Table, Text

from kit.database import Instant, metadata

linked_subjects = Table(
    "idp_linked_subjects",
    metadata,
    Column("digest", String(43), primary_key=True),  # of issuer and subject together
    Column("person_id", String(40), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("ix_idp_linked_subjects_person", "person_id"),
)
