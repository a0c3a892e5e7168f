"""Access tokens that are mere names, for clients that registered so: what they stand for is kept with their digest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from idp.tokens.tables import opaque_tokens
from kit.clock import Clock
from kit.columns import Instant
from kit.database import Database
from kit.guard import AccessClaims, Resolve, access_claims
from kit.lane import Hot
from kit.secrets import digest, issue

_KNOWN = select(opaque_tokens.c.claims).where(
    opaque_tokens.c.digest == bindparam("digest_"), opaque_tokens.c.expires_at > bindparam("now", type_=Instant)
)
_FIND = Hot(_KNOWN)


def keep(db: Connection, claims: Mapping[str, Any]) -> str:
    """Issue a name for these claims (`idp.tokens.access.claims`); its value is given here and kept nowhere."""
    value = issue("at")
    ends = datetime.fromtimestamp(claims["exp"], UTC)
    db.execute(insert(opaque_tokens).values(digest=digest(value), claims=dict(claims), expires_at=ends))
    return value


def find(db: Connection, token: str, now: datetime) -> AccessClaims | None:
    """What the token says; None when it is not ours or has expired."""
    said = db.execute(_KNOWN, {"digest_": digest(token), "now": now}).scalar()
    return access_claims(said) if said is not None else None


def resolver(database: Database, clock: Clock) -> Resolve:
    """The same for the guards of resources: one statement."""

    async def resolve(token: str) -> Mapping[str, Any] | None:
        values = {"digest_": digest(token), "now": clock.now()}
        if database.lane is not None:
            row = await database.lane.one(_FIND, **values)
            return row["claims"] if row is not None else None
        return await database.read(lambda db: db.execute(_KNOWN, values).scalar())

    return resolve
