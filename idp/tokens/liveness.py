"""Is a verified access token still good? What its signature cannot say (RFC 7009, RFC 7662)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, literal, select

from idp.accounts.records import Status
from idp.accounts.tables import accounts
from idp.tokens.tables import families, revoked_tokens
from kit.guard import AccessClaims
from kit.problems import Refusal

_REVOKED = select(literal(1)).where(revoked_tokens.c.token_id == bindparam("token")).exists().label("revoked")
_ALONE = select(_REVOKED)
_OF_FAMILY = (
    select(families.c.ended_at, families.c.expires_at, families.c.claims, accounts.c.status, _REVOKED)
    .select_from(families.outerjoin(accounts, accounts.c.person_id == families.c.person_id))
    .where(families.c.id == bindparam("family"))
)


@dataclass(frozen=True, slots=True)
class FamilyOf:
    """What became of a token and of its family; a token without family has no end but its own."""

    revoked: bool
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    account_status: str | None = None
    """Of the person's account; None when the token is not about a person."""
    claims: Mapping[str, Any] | None = None
    """Asked one by one (OpenID Connect Core §5.5)."""


def family_of(db: Connection, claims: AccessClaims) -> FamilyOf | None:
    """What became of the token; None when it names a family that is no more."""
    if claims.family_id is None:
        return FamilyOf(bool(db.execute(_ALONE, {"token": claims.token_id}).scalar_one()))
    row = db.execute(_OF_FAMILY, {"token": claims.token_id, "family": claims.family_id}).first()
    if row is None:
        return None
    return FamilyOf(bool(row.revoked), row.ended_at, row.expires_at, row.status, row.claims)


def check(db: Connection, claims: AccessClaims, now: datetime) -> None:
    """Raises Refusal("invalid_token", 401) unless the token is alive."""
    family = family_of(db, claims)
    if family is None or family.revoked or family.ended_at is not None:
        raise refused()
    if family.expires_at is not None and family.expires_at <= now:
        raise refused()
    if claims.family_id is not None and family.account_status != Status.ACTIVE:
        raise refused()


def refused() -> Refusal:
    """What a resource answers to a token that was good once (RFC 6750 §3.1)."""
    challenge = 'Bearer realm="espace", error="invalid_token", error_description="the access token was revoked"'
    return Refusal("invalid_token", "the access token was revoked", status=401, headers={"www-authenticate": challenge})
