"""Our key pairs, most of which sign, and the data keys of people. Private parts are sealed under the master key."""

from sqlalchemy import Column, LargeBinary, String, Table

from kit.database import Instant, Json, metadata

signing = Table(
    "keys_signing",
    metadata,
    Column("kid", String(40), primary_key=True),
    Column("algorithm", String(20), nullable=False),
    Column("state", String(10), nullable=False),  # announced | signing | decrypting | retired
    Column("public", Json, nullable=False),
    Column("private", LargeBinary),  # sealed: the key itself, or where it is; gone once a key that signed is retired
    Column("created_at", Instant, nullable=False),
    Column("promoted_at", Instant),
    Column("retired_at", Instant),
    Column("dies_at", Instant),  # after this, nothing it signed is valid any more and the row may go
)

people = Table(
    "keys_people",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
