"""One at a time across processes: what two workers, or two migrations, must not do at the same instant."""

import hashlib

from sqlalchemy import Connection, text


def alone(db: Connection, purpose: str, *, wait: bool = True) -> bool:
    """Hold `purpose` until the present transaction is over. Without `wait`, False when another process holds it.

    On SQLite the transaction itself is the only writer: there is nothing to do.
    """
    if db.dialect.name != "postgresql":
        return True
    key = {"key": int.from_bytes(hashlib.sha256(f"espace {purpose}".encode()).digest()[:8], "big", signed=True)}
    if not wait:
        return bool(db.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), key).scalar_one())
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
    return True
