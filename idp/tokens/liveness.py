"""Is a verified access token still good? What its signature cannot say (RFC 7009, RFC 7662)."""

from datetime import datetime

from sqlalchemy import Connection, literal, select

from idp.tokens.tables import families, revoked_tokens
from kit.guard import AccessClaims
from kit.problems import Refusal


def alive(db: Connection, claims: AccessClaims, now: datetime) -> bool:
    """False when the token was revoked, or its family ended."""
    revoked = select(literal(1)).where(revoked_tokens.c.token_id == claims.token_id).exists()
    if claims.family_id is None:
        return not db.execute(select(revoked)).scalar_one()
    query = select(families.c.ended_at, families.c.expires_at, revoked.label("revoked")).where(
        families.c.id == claims.family_id
    )
    row = db.execute(query).first()
    return row is not None and not row.revoked and row.ended_at is None and row.expires_at > now


def check(db: Connection, claims: AccessClaims, now: datetime) -> None:
    """Raises Refusal("invalid_token", 401) unless the token is alive."""
    if not alive(db, claims, now):
        challenge = 'Bearer realm="espace", error="invalid_token", error_description="the access token was revoked"'
        raise Refusal(
            "invalid_token",
            "the access token was revoked",
            status=401,
            headers={"www-authenticate": challenge},
        )
