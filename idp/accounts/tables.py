"""People and their accounts. A number is kept as a keyed digest, to find its person, and sealed under their key."""

from sqlalchemy import Column, Date, ForeignKey, LargeBinary, String, Table

from kit.database import Instant, Json, metadata

people = Table(
    "idp_people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("nir_mark", String(64), nullable=False, unique=True),
    Column("nir_sealed", LargeBinary, nullable=False),
    Column("vitale_mark", String(64)),
    Column("family_name", String(200), nullable=False),
    Column("given_names", String(200), nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("sex", String(1), nullable=False),
    Column("email", String(254)),
    Column("email_verified_at", Instant),
    Column("mobile", String(20)),
    Column("mobile_verified_at", Instant),
    Column("further", Json),  # idp.accounts.further: nothing of most people
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

accounts = Table(
    "idp_accounts",
    metadata,
    Column("person_id", String(40), ForeignKey("idp_people.id"), primary_key=True),
    Column("identifier", String(200), nullable=False),
    Column("identifier_key", String(200), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("status", String(10), nullable=False),
    Column("terms_version", String(40), nullable=False),
    Column("terms_accepted_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("password_changed_at", Instant, nullable=False),
)
