"""Single tokens that must not be accepted any more, and assertions that must not be seen twice."""

from datetime import datetime

from sqlalchemy import Connection, Table, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.tokens.tables import revoked_tokens, seen_assertions
from kit.secrets import digest


def revoke(db: Connection, token_id: str, expires_at: datetime) -> None:
    """Refuse this access token until it expires by itself."""
    _insert_once(db, revoked_tokens, token_id=token_id, expires_at=expires_at)


def is_revoked(db: Connection, token_id: str) -> bool:
    """True when this access token was revoked."""
    return bool(db.execute(select(literal(1)).where(revoked_tokens.c.token_id == token_id)).scalar())


def assertion_mark(client_id: str, jti: str) -> str:
    """What is remembered of a client's assertion."""
    return digest(f"{client_id}\n{jti}")


def first_time(db: Connection, mark: str, expires_at: datetime) -> bool:
    """RFC 7523 §3: False when an assertion of that mark was used already, in any process."""
    return _insert_once(db, seen_assertions, digest=mark, expires_at=expires_at)


def _insert_once(db: Connection, table: Table, **values: object) -> bool:
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    done = db.execute(kind(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns))
    return done.first() is not None
