"""the first schema."""

import sqlalchemy as sa
from alembic import op

from kit import database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clients_clients",
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("auth_method", sa.String(length=40), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=True),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("jwks", database.Json(), nullable=True),
        sa.Column("redirect_uris", database.Json(), nullable=False),
        sa.Column("post_logout_redirect_uris", database.Json(), nullable=False),
        sa.Column("grant_types", database.Json(), nullable=False),
        sa.Column("scope", database.Json(), nullable=False),
        sa.Column("consents", database.Json(), nullable=False),
        sa.Column("first_party", sa.Boolean(), nullable=False),
        sa.Column("publisher", sa.String(length=200), nullable=False),
        sa.Column("site_uri", sa.Text(), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("policy_uri", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(length=255), nullable=False),
        sa.Column("id_token_signed_response_alg", sa.String(length=20), nullable=False),
        sa.Column("access_token_lifetime", sa.Integer(), nullable=True),
        sa.Column("options", database.Json(), nullable=False),
        sa.Column("registration_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_clients_clients")),
    )
    op.create_table(
        "clients_invitations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("scope", database.Json(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_clients_invitations_digest")),
    )
    op.create_table(
        "consent_grant_days",
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("last_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("grant_id", "day", name=op.f("pk_consent_grant_days")),
    )
    op.create_index("ix_consent_grant_days_day", "consent_grant_days", ["day"], unique=False)
    op.create_table(
        "consent_grant_versions",
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("scope", database.Json(), nullable=False),
        sa.Column("consents", database.Json(), nullable=False),
        sa.Column("details", database.Json(), nullable=True),
        sa.Column("since", database.Instant(), nullable=True),
        sa.Column("until", database.Instant(), nullable=True),
        sa.Column("duration", sa.String(length=20), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ended_because", sa.String(length=20), nullable=True),
        sa.Column("by_kind", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=100), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("grant_id", "version", name=op.f("pk_consent_grant_versions")),
    )
    op.create_table(
        "consent_grants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scope", database.Json(), nullable=False),
        sa.Column("consents", database.Json(), nullable=False),
        sa.Column("details", database.Json(), nullable=True),
        sa.Column("declined", database.Json(), nullable=False),
        sa.Column("since", database.Instant(), nullable=True),
        sa.Column("until", database.Instant(), nullable=True),
        sa.Column("duration", sa.String(length=20), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ended_because", sa.String(length=20), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.Column("pairing_id", sa.String(length=40), nullable=True),
        sa.Column("return_uri", sa.Text(), nullable=True),
        sa.Column("app_state", sa.Text(), nullable=True),
        sa.Column("patient_reference", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_grants")),
        sa.UniqueConstraint("pairing_id", name=op.f("uq_consent_grants_pairing_id")),
    )
    op.create_index(
        "ix_consent_grants_client",
        "consent_grants",
        ["client_id"],
        unique=False,
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.create_index("ix_consent_grants_person", "consent_grants", ["person_id", "created_at"], unique=False)
    op.create_index(
        "ix_consent_grants_until",
        "consent_grants",
        ["until"],
        unique=False,
        sqlite_where=sa.text("status IN ('active', 'paused')"),
        postgresql_where=sa.text("status IN ('active', 'paused')"),
    )
    op.create_index(
        "ix_consent_grants_waiting",
        "consent_grants",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "uq_consent_grants_living",
        "consent_grants",
        ["person_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.create_table(
        "consent_journal",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=100), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("for_person", sa.String(length=40), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=60), nullable=False),
        sa.Column("object_ids", database.Json(), nullable=False),
        sa.Column("object_name", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("context", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("because", sa.String(length=60), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=True),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=True),
        sa.Column("address_hint", sa.String(length=60), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "seq", name=op.f("pk_consent_journal")),
    )
    op.create_index("ix_consent_journal_client", "consent_journal", ["person_id", "client_id", "seq"], unique=False)
    op.create_table(
        "consent_journal_heads",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_consent_journal_heads")),
    )
    op.create_table(
        "consent_mandates",
        sa.Column("parent_id", sa.String(length=40), nullable=False),
        sa.Column("child_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("since", database.Instant(), nullable=False),
        sa.Column("until", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("parent_id", "child_id", name=op.f("pk_consent_mandates")),
    )
    op.create_index("ix_consent_mandates_child", "consent_mandates", ["child_id"], unique=False)
    op.create_table(
        "consent_spaces",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notified_at", database.Instant(), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=True),
        sa.Column("activated_at", database.Instant(), nullable=True),
        sa.Column("objected_at", database.Instant(), nullable=True),
        sa.Column("closed_at", database.Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_consent_spaces")),
    )
    op.create_table(
        "dossier_devices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("source_client", sa.String(length=120), nullable=False),
        sa.Column("identifier_system", sa.String(length=255), nullable=False),
        sa.Column("identifier_value", sa.String(length=255), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_devices")),
        sa.UniqueConstraint(
            "person_id", "source_client", "identifier_system", "identifier_value", name="uq_dossier_devices_identifier"
        ),
    )
    op.create_table(
        "dossier_observations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("second_value", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("converted", sa.Integer(), nullable=False),
        sa.Column("unusual", sa.Integer(), nullable=False),
        sa.Column("begins_at", database.Instant(), nullable=False),
        sa.Column("ends_at", database.Instant(), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("categories", sa.String(length=120), nullable=False),
        sa.Column("source_kind", sa.String(length=20), nullable=False),
        sa.Column("source_client", sa.String(length=120), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=True),
        sa.Column("device_id", sa.String(length=64), nullable=True),
        sa.Column("identifier_system", sa.String(length=255), nullable=True),
        sa.Column("identifier_value", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_observations")),
        sa.UniqueConstraint(
            "person_id",
            "identifier_value",
            "identifier_system",
            "source_client",
            name="uq_dossier_observations_identifier",
        ),
    )
    op.create_index(
        "ix_dossier_observations_begins", "dossier_observations", ["person_id", "begins_at", "id"], unique=False
    )
    op.create_index(
        "ix_dossier_observations_measure",
        "dossier_observations",
        ["person_id", "measure", "begins_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_dossier_observations_recorded", "dossier_observations", ["person_id", "recorded_at", "id"], unique=False
    )
    op.create_table(
        "glucolink_departures",
        sa.Column("state", sa.String(length=43), nullable=False),
        sa.Column("browser", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("left_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_glucolink_departures")),
    )
    op.create_index("ix_glucolink_departures_left_at", "glucolink_departures", ["left_at"], unique=False)
    op.create_table(
        "glucolink_links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("browser", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("pairing_uri", sa.Text(), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glucolink_links")),
        sa.UniqueConstraint("browser", name=op.f("uq_glucolink_links_browser")),
    )
    op.create_table(
        "glucolink_uploads",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("order", sa.String(length=3), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("aside", sa.Integer(), nullable=False),
        sa.Column("reasons", database.Json(), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glucolink_uploads")),
    )
    op.create_index("ix_glucolink_uploads_link", "glucolink_uploads", ["link_id", "made_at"], unique=False)
    op.create_table(
        "idp_ciba_subjects",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_ciba_subjects")),
    )
    op.create_index(op.f("ix_idp_ciba_subjects_expires_at"), "idp_ciba_subjects", ["expires_at"], unique=False)
    op.create_table(
        "idp_ciba_user_codes",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=43), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_idp_ciba_user_codes")),
    )
    op.create_table(
        "idp_codes",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("family_id", sa.String(length=40), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("redirect_said", sa.String(length=3), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", database.Json(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("code_challenge", sa.String(length=128), nullable=True),
        sa.Column("jkt", sa.String(length=43), nullable=True),
        sa.Column("claims", database.Json(), nullable=True),
        sa.Column("details", database.Json(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("auth_time", database.Instant(), nullable=False),
        sa.Column("acr", sa.String(length=60), nullable=False),
        sa.Column("amr", database.Json(), nullable=False),
        sa.Column("issued_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.Column("replayed_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_codes")),
    )
    op.create_index(op.f("ix_idp_codes_expires_at"), "idp_codes", ["expires_at"], unique=False)
    op.create_index("ix_idp_codes_session", "idp_codes", ["session_id"], unique=False)
    op.create_table(
        "idp_demands",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("user_code", sa.String(length=43), nullable=True),
        sa.Column("request", database.Json(), nullable=False),
        sa.Column("extra", database.Json(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("family_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=True),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("agreed", database.Json(), nullable=True),
        sa.Column("auth_time", database.Instant(), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("polled_at", database.Instant(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_demands")),
        sa.UniqueConstraint("id", name=op.f("uq_idp_demands_id")),
        sa.UniqueConstraint("user_code", name=op.f("uq_idp_demands_user_code")),
    )
    op.create_index(op.f("ix_idp_demands_expires_at"), "idp_demands", ["expires_at"], unique=False)
    op.create_index("ix_idp_demands_person_id", "idp_demands", ["person_id"], unique=False)
    op.create_table(
        "idp_devices",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        sa.Column("first_seen_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "digest", name=op.f("pk_idp_devices")),
    )
    op.create_index("ix_idp_devices_digest", "idp_devices", ["digest"], unique=False)
    op.create_index("ix_idp_devices_expires_at", "idp_devices", ["expires_at"], unique=False)
    op.create_table(
        "idp_enrolments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("code_id", sa.String(length=40), nullable=False),
        sa.Column("terms_version", sa.String(length=40), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("activated_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_enrolments")),
        sa.UniqueConstraint("digest", name=op.f("uq_idp_enrolments_digest")),
    )
    op.create_index("ix_idp_enrolments_expires_at", "idp_enrolments", ["expires_at"], unique=False)
    op.create_index("ix_idp_enrolments_person_id", "idp_enrolments", ["person_id"], unique=False)
    op.create_table(
        "idp_families",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", database.Json(), nullable=False),
        sa.Column("binding", sa.String(length=60), nullable=True),
        sa.Column("claims", database.Json(), nullable=True),
        sa.Column("details", database.Json(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("actor", database.Json(), nullable=True),
        sa.Column("auth_time", database.Instant(), nullable=False),
        sa.Column("acr", sa.String(length=60), nullable=False),
        sa.Column("amr", database.Json(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.Column("ended_because", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_families")),
    )
    op.create_index("ix_idp_families_expires", "idp_families", ["expires_at"], unique=False)
    op.create_index("ix_idp_families_grant", "idp_families", ["grant_id"], unique=False)
    op.create_index("ix_idp_families_session", "idp_families", ["session_id"], unique=False)
    op.create_table(
        "idp_interactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("request", database.Json(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("done_at", database.Instant(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_interactions")),
    )
    op.create_index(op.f("ix_idp_interactions_expires_at"), "idp_interactions", ["expires_at"], unique=False)
    op.create_table(
        "idp_launches",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_launches")),
    )
    op.create_index(op.f("ix_idp_launches_expires_at"), "idp_launches", ["expires_at"], unique=False)
    op.create_table(
        "idp_linked_subjects",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("linked_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_linked_subjects")),
    )
    op.create_index("ix_idp_linked_subjects_person", "idp_linked_subjects", ["person_id"], unique=False)
    op.create_table(
        "idp_logins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("towards", sa.Text(), nullable=False),
        sa.Column("newcomer", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("done_at", database.Instant(), nullable=True),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_logins")),
        sa.UniqueConstraint("digest", name=op.f("uq_idp_logins_digest")),
    )
    op.create_index("ix_idp_logins_expires_at", "idp_logins", ["expires_at"], unique=False)
    op.create_index("ix_idp_logins_person_id", "idp_logins", ["person_id"], unique=False)
    op.create_table(
        "idp_one_time_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("login_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("destination", sa.String(length=254), nullable=False),
        sa.Column("sent_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.Column("replaced_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_one_time_codes")),
    )
    op.create_index("ix_idp_one_time_codes_expires_at", "idp_one_time_codes", ["expires_at"], unique=False)
    op.create_index("ix_idp_one_time_codes_person_id", "idp_one_time_codes", ["person_id", "sent_at"], unique=False)
    op.create_index(
        "uq_idp_one_time_codes_live",
        "idp_one_time_codes",
        ["login_id"],
        unique=True,
        sqlite_where=sa.text("used_at IS NULL AND replaced_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL AND replaced_at IS NULL"),
    )
    op.create_table(
        "idp_opaque_tokens",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("claims", database.Json(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_opaque_tokens")),
    )
    op.create_index(op.f("ix_idp_opaque_tokens_expires_at"), "idp_opaque_tokens", ["expires_at"], unique=False)
    op.create_table(
        "idp_people",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("nir_mark", sa.String(length=64), nullable=False),
        sa.Column("nir_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("vitale_mark", sa.String(length=64), nullable=True),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("given_names", sa.String(length=200), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", database.Instant(), nullable=True),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("mobile_verified_at", database.Instant(), nullable=True),
        sa.Column("further", database.Json(), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_people")),
        sa.UniqueConstraint("nir_mark", name=op.f("uq_idp_people_nir_mark")),
    )
    op.create_table(
        "idp_pushed_requests",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("request", database.Json(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_pushed_requests")),
    )
    op.create_index(op.f("ix_idp_pushed_requests_expires_at"), "idp_pushed_requests", ["expires_at"], unique=False)
    op.create_table(
        "idp_refresh_tokens",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("family_id", sa.String(length=40), nullable=False),
        sa.Column("issued_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.Column("successor", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_refresh_tokens")),
    )
    op.create_index(op.f("ix_idp_refresh_tokens_expires_at"), "idp_refresh_tokens", ["expires_at"], unique=False)
    op.create_index(op.f("ix_idp_refresh_tokens_family_id"), "idp_refresh_tokens", ["family_id"], unique=False)
    op.create_table(
        "idp_revoked_tokens",
        sa.Column("token_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_idp_revoked_tokens")),
    )
    op.create_index(op.f("ix_idp_revoked_tokens_expires_at"), "idp_revoked_tokens", ["expires_at"], unique=False)
    op.create_table(
        "idp_seen_assertions",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idp_seen_assertions")),
    )
    op.create_index(op.f("ix_idp_seen_assertions_expires_at"), "idp_seen_assertions", ["expires_at"], unique=False)
    op.create_table(
        "idp_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("auth_time", database.Instant(), nullable=False),
        sa.Column("acr", sa.String(length=100), nullable=False),
        sa.Column("amr", database.Json(), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("last_seen_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.Column("ended_because", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_idp_sessions_digest")),
    )
    op.create_index("ix_idp_sessions_expires_at", "idp_sessions", ["expires_at"], unique=False)
    op.create_index("ix_idp_sessions_person_id", "idp_sessions", ["person_id"], unique=False)
    op.create_table(
        "idp_signal_streams",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("requested", database.Json(), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("endpoint_url", sa.Text(), nullable=True),
        sa.Column("authorization", sa.LargeBinary(), nullable=True),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("verified_at", database.Instant(), nullable=True),
        sa.Column("pushing_by", sa.String(length=40), nullable=True),
        sa.Column("pushing_until", database.Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_signal_streams")),
        sa.UniqueConstraint("client_id", name=op.f("uq_idp_signal_streams_client_id")),
    )
    op.create_table(
        "idp_signal_subjects_left_out",
        sa.Column("stream_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("since", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "digest", name=op.f("pk_idp_signal_subjects_left_out")),
    )
    op.create_table(
        "idp_signals",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("stream_id", sa.String(length=40), nullable=False),
        sa.Column("claims", database.Json(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_idp_signals")),
        sa.UniqueConstraint("id", name=op.f("uq_idp_signals_id")),
    )
    op.create_index("ix_idp_signals_expires_at", "idp_signals", ["expires_at"], unique=False)
    op.create_index("ix_idp_signals_stream", "idp_signals", ["stream_id", "position"], unique=False)
    op.create_table(
        "idp_told",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("last", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_idp_told")),
    )
    op.create_table(
        "keys_people",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_keys_people")),
    )
    op.create_table(
        "keys_signing",
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.Column("algorithm", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("public", database.Json(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("promoted_at", database.Instant(), nullable=True),
        sa.Column("retired_at", database.Instant(), nullable=True),
        sa.Column("dies_at", database.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_keys_signing")),
    )
    op.create_table(
        "kit_outbox",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", database.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", database.Instant(), nullable=True),
        sa.Column("dead_at", database.Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_outbox")),
    )
    op.create_index("ix_kit_outbox_due", "kit_outbox", ["dead_at", "due_at"], unique=False)
    op.create_table(
        "notices_sent",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("to_masked", sa.String(length=80), nullable=False),
        sa.Column("sent_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices_sent")),
    )
    op.create_index("ix_notices_sent_at", "notices_sent", ["sent_at"], unique=False)
    op.create_index("ix_notices_sent_person", "notices_sent", ["person_id", "sent_at"], unique=False)
    op.create_table(
        "portal_sessions",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", database.Instant(), nullable=False),
        sa.Column("ends_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_portal_sessions")),
    )
    op.create_index("ix_portal_sessions_ends_at", "portal_sessions", ["ends_at"], unique=False)
    op.create_table(
        "portal_sign_ins",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("browser", sa.String(length=43), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_portal_sign_ins")),
    )
    op.create_index("ix_portal_sign_ins_ends_at", "portal_sign_ins", ["ends_at"], unique=False)
    op.create_table(
        "sandbox_messages",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_messages")),
        sa.UniqueConstraint("reference", name=op.f("uq_sandbox_messages_reference")),
    )
    op.create_index("ix_sandbox_messages_sent_at", "sandbox_messages", ["sent_at"], unique=False)
    op.create_index("ix_sandbox_messages_to", "sandbox_messages", ["to", "sent_at"], unique=False)
    op.create_table(
        "idp_accounts",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("identifier", sa.String(length=200), nullable=False),
        sa.Column("identifier_key", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("terms_version", sa.String(length=40), nullable=False),
        sa.Column("terms_accepted_at", database.Instant(), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("password_changed_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["idp_people.id"], name=op.f("fk_idp_accounts_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_idp_accounts")),
        sa.UniqueConstraint("identifier_key", name=op.f("uq_idp_accounts_identifier_key")),
    )
    op.create_table(
        "idp_provisional_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("created_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["idp_people.id"], name=op.f("fk_idp_provisional_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idp_provisional_codes")),
        sa.UniqueConstraint("mark", name=op.f("uq_idp_provisional_codes_mark")),
    )
    op.create_index("ix_idp_provisional_codes_expires_at", "idp_provisional_codes", ["expires_at"], unique=False)
    op.create_index("ix_idp_provisional_codes_person_id", "idp_provisional_codes", ["person_id"], unique=False)
    op.create_index(
        "uq_idp_provisional_codes_live",
        "idp_provisional_codes",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("used_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL AND ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_idp_provisional_codes_live",
        table_name="idp_provisional_codes",
        sqlite_where=sa.text("used_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL AND ended_at IS NULL"),
    )
    op.drop_index("ix_idp_provisional_codes_person_id", table_name="idp_provisional_codes")
    op.drop_index("ix_idp_provisional_codes_expires_at", table_name="idp_provisional_codes")
    op.drop_table("idp_provisional_codes")
    op.drop_table("idp_accounts")
    op.drop_index("ix_sandbox_messages_to", table_name="sandbox_messages")
    op.drop_index("ix_sandbox_messages_sent_at", table_name="sandbox_messages")
    op.drop_table("sandbox_messages")
    op.drop_index("ix_portal_sign_ins_ends_at", table_name="portal_sign_ins")
    op.drop_table("portal_sign_ins")
    op.drop_index("ix_portal_sessions_ends_at", table_name="portal_sessions")
    op.drop_table("portal_sessions")
    op.drop_index("ix_notices_sent_person", table_name="notices_sent")
    op.drop_index("ix_notices_sent_at", table_name="notices_sent")
    op.drop_table("notices_sent")
    op.drop_index("ix_kit_outbox_due", table_name="kit_outbox")
    op.drop_table("kit_outbox")
    op.drop_table("keys_signing")
    op.drop_table("keys_people")
    op.drop_table("idp_told")
    op.drop_index("ix_idp_signals_stream", table_name="idp_signals")
    op.drop_index("ix_idp_signals_expires_at", table_name="idp_signals")
    op.drop_table("idp_signals")
    op.drop_table("idp_signal_subjects_left_out")
    op.drop_table("idp_signal_streams")
    op.drop_index("ix_idp_sessions_person_id", table_name="idp_sessions")
    op.drop_index("ix_idp_sessions_expires_at", table_name="idp_sessions")
    op.drop_table("idp_sessions")
    op.drop_index(op.f("ix_idp_seen_assertions_expires_at"), table_name="idp_seen_assertions")
    op.drop_table("idp_seen_assertions")
    op.drop_index(op.f("ix_idp_revoked_tokens_expires_at"), table_name="idp_revoked_tokens")
    op.drop_table("idp_revoked_tokens")
    op.drop_index(op.f("ix_idp_refresh_tokens_family_id"), table_name="idp_refresh_tokens")
    op.drop_index(op.f("ix_idp_refresh_tokens_expires_at"), table_name="idp_refresh_tokens")
    op.drop_table("idp_refresh_tokens")
    op.drop_index(op.f("ix_idp_pushed_requests_expires_at"), table_name="idp_pushed_requests")
    op.drop_table("idp_pushed_requests")
    op.drop_table("idp_people")
    op.drop_index(op.f("ix_idp_opaque_tokens_expires_at"), table_name="idp_opaque_tokens")
    op.drop_table("idp_opaque_tokens")
    op.drop_index(
        "uq_idp_one_time_codes_live",
        table_name="idp_one_time_codes",
        sqlite_where=sa.text("used_at IS NULL AND replaced_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL AND replaced_at IS NULL"),
    )
    op.drop_index("ix_idp_one_time_codes_person_id", table_name="idp_one_time_codes")
    op.drop_index("ix_idp_one_time_codes_expires_at", table_name="idp_one_time_codes")
    op.drop_table("idp_one_time_codes")
    op.drop_index("ix_idp_logins_person_id", table_name="idp_logins")
    op.drop_index("ix_idp_logins_expires_at", table_name="idp_logins")
    op.drop_table("idp_logins")
    op.drop_index("ix_idp_linked_subjects_person", table_name="idp_linked_subjects")
    op.drop_table("idp_linked_subjects")
    op.drop_index(op.f("ix_idp_launches_expires_at"), table_name="idp_launches")
    op.drop_table("idp_launches")
    op.drop_index(op.f("ix_idp_interactions_expires_at"), table_name="idp_interactions")
    op.drop_table("idp_interactions")
    op.drop_index("ix_idp_families_session", table_name="idp_families")
    op.drop_index("ix_idp_families_grant", table_name="idp_families")
    op.drop_index("ix_idp_families_expires", table_name="idp_families")
    op.drop_table("idp_families")
    op.drop_index("ix_idp_enrolments_person_id", table_name="idp_enrolments")
    op.drop_index("ix_idp_enrolments_expires_at", table_name="idp_enrolments")
    op.drop_table("idp_enrolments")
    op.drop_index("ix_idp_devices_expires_at", table_name="idp_devices")
    op.drop_index("ix_idp_devices_digest", table_name="idp_devices")
    op.drop_table("idp_devices")
    op.drop_index("ix_idp_demands_person_id", table_name="idp_demands")
    op.drop_index(op.f("ix_idp_demands_expires_at"), table_name="idp_demands")
    op.drop_table("idp_demands")
    op.drop_index("ix_idp_codes_session", table_name="idp_codes")
    op.drop_index(op.f("ix_idp_codes_expires_at"), table_name="idp_codes")
    op.drop_table("idp_codes")
    op.drop_table("idp_ciba_user_codes")
    op.drop_index(op.f("ix_idp_ciba_subjects_expires_at"), table_name="idp_ciba_subjects")
    op.drop_table("idp_ciba_subjects")
    op.drop_index("ix_glucolink_uploads_link", table_name="glucolink_uploads")
    op.drop_table("glucolink_uploads")
    op.drop_table("glucolink_links")
    op.drop_index("ix_glucolink_departures_left_at", table_name="glucolink_departures")
    op.drop_table("glucolink_departures")
    op.drop_index("ix_dossier_observations_recorded", table_name="dossier_observations")
    op.drop_index("ix_dossier_observations_measure", table_name="dossier_observations")
    op.drop_index("ix_dossier_observations_begins", table_name="dossier_observations")
    op.drop_table("dossier_observations")
    op.drop_table("dossier_devices")
    op.drop_table("consent_spaces")
    op.drop_index("ix_consent_mandates_child", table_name="consent_mandates")
    op.drop_table("consent_mandates")
    op.drop_table("consent_journal_heads")
    op.drop_index("ix_consent_journal_client", table_name="consent_journal")
    op.drop_table("consent_journal")
    op.drop_index(
        "uq_consent_grants_living",
        table_name="consent_grants",
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.drop_index(
        "ix_consent_grants_waiting",
        table_name="consent_grants",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(
        "ix_consent_grants_until",
        table_name="consent_grants",
        sqlite_where=sa.text("status IN ('active', 'paused')"),
        postgresql_where=sa.text("status IN ('active', 'paused')"),
    )
    op.drop_index("ix_consent_grants_person", table_name="consent_grants")
    op.drop_index(
        "ix_consent_grants_client",
        table_name="consent_grants",
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.drop_table("consent_grants")
    op.drop_table("consent_grant_versions")
    op.drop_index("ix_consent_grant_days_day", table_name="consent_grant_days")
    op.drop_table("consent_grant_days")
    op.drop_table("clients_invitations")
    op.drop_table("clients_clients")
