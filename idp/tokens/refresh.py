"""Refresh tokens: each used once, a lost answer repeated, a stolen one recognised (RFC 9700 §4.14)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from idp.tokens import families
from idp.tokens.records import Family
from idp.tokens.tables import families as families_table
from idp.tokens.tables import refresh_tokens
from kit.seals import Broken, Seal
from kit.secrets import digest, issue


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that a client brought, and the family it belongs to."""

    family: Family
    expires_at: datetime
    used_at: datetime | None
    successor: bytes | None


def first(db: Connection, family_id: str, now: datetime, expires_at: datetime) -> str:
    """The first refresh token of a family; its value is given here and kept nowhere."""
    value = issue("rt")
    _keep(db, value, family_id, now, expires_at)
    return value


def find(db: Connection, value: str) -> Presented | None:
    """What we know of a token brought to us, used or not."""
    query = (
        select(
            refresh_tokens.c.expires_at.label("token_expires_at"),
            refresh_tokens.c.used_at,
            refresh_tokens.c.successor,
            families_table,
        )
        .join(families_table, families_table.c.id == refresh_tokens.c.family_id)
        .where(refresh_tokens.c.digest == digest(value))
    )
    row = db.execute(query).mappings().first()
    if row is None:
        return None
    return Presented(families.record(row), row["token_expires_at"], row["used_at"], row["successor"])


def rotate(db: Connection, value: str, family_id: str, now: datetime, expires_at: datetime) -> str | None:
    """Use a token and give its successor: exactly one caller succeeds. None when it was used before."""
    successor = issue("rt")
    taken = db.execute(
        update(refresh_tokens)
        .where(
            refresh_tokens.c.digest == digest(value),
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > now,
        )
        .values(used_at=now, successor=_seal(value).close(successor.encode(), family_id))
    )
    if taken.rowcount != 1:
        return None
    _keep(db, successor, family_id, now, expires_at)
    return successor


def repeated(db: Connection, value: str, presented: Presented, grace_until: datetime, now: datetime) -> str | None:
    """The successor given before, when the answer was lost: asked again in time, and the successor never used.

    Only the bearer of the token can open it: the key is drawn from the token's own value, which we do not keep.
    """
    if presented.successor is None or now >= grace_until:
        return None
    try:
        successor = _seal(value).open(presented.successor, presented.family.id).decode()
    except Broken:
        return None
    query = select(refresh_tokens.c.used_at).where(refresh_tokens.c.digest == digest(successor))
    row = db.execute(query).first()
    return successor if row is not None and row.used_at is None else None


def _keep(db: Connection, value: str, family_id: str, now: datetime, expires_at: datetime) -> None:
    db.execute(
        insert(refresh_tokens).values(digest=digest(value), family_id=family_id, issued_at=now, expires_at=expires_at)
    )


def _seal(value: str) -> Seal:
    return Seal(hashlib.sha256(b"successor of " + value.encode()).digest())
