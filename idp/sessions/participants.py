"""Which clients took part in a session: those that were given a code in it, and tokens for it."""

from sqlalchemy import Connection, select, union

from idp.tokens.tables import codes, families


def of(db: Connection, session_id: str) -> list[str]:
    """Their identifiers, in order; also of those whose tokens have ended since: what they opened may still be open."""
    given = select(codes.c.client_id).where(codes.c.session_id == session_id)
    held = select(families.c.client_id).where(families.c.session_id == session_id)
    return sorted(db.execute(union(given, held)).scalars())
