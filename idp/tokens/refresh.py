"""Refresh tokens: each used once, a lost answer repeated, a stolen one recognised (RFC 9700 §4.14)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

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
    token = value()
    _keep(db, token, family_id, now, expires_at)
    return token


def find(db: Connection, token: str) -> Presented | None:
    """What we know of a token brought to us, used or not."""
    query = (
        select(
            refresh_tokens.c.expires_at.label("token_expires_at"),
            refresh_tokens.c.used_at.label("token_used_at"),
            refresh_tokens.c.successor.label("token_successor"),
            families_table,
        )
        .join(families_table, families_table.c.id == refresh_tokens.c.family_id)
        .where(refresh_tokens.c.digest == digest(token))
    )
    row = db.execute(query).mappings().first()
    return presented(row) if row is not None else None


def presented(row: Mapping[str, Any] | RowMapping) -> Presented:
    """A row of a token and its family as a value."""
    return Presented(families.record(row), row["token_expires_at"], row["token_used_at"], row["token_successor"])


def value() -> str:
    """A fresh token."""
    return issue("rt")


def columns(token: str, family_id: str, now: datetime, expires_at: datetime) -> dict[str, Any]:
    """What a statement that keeps a token needs."""
    named = {"token_digest": digest(token), "token_issued_at": now, "token_expires_at": expires_at}
    return named | {"family_id": family_id}


def sealed(old: str, successor: str, family_id: str) -> bytes:
    """A successor, closed so that only the bearer of the token it follows can open it."""
    return _seal(old).close(successor.encode(), family_id)


def rotate(db: Connection, token: str, family_id: str, now: datetime, expires_at: datetime) -> str | None:
    """Use a token and give its successor: exactly one caller succeeds. None when it was used before."""
    successor = value()
    taken = db.execute(
        update(refresh_tokens)
        .where(
            refresh_tokens.c.digest == digest(token),
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > now,
        )
        .values(used_at=now, successor=sealed(token, successor, family_id))
    )
    if taken.rowcount != 1:
        return None
    _keep(db, successor, family_id, now, expires_at)
    return successor


def prolong(db: Connection, token: str, expires_at: datetime) -> None:
    """A token that is not rotated was used: it is forgotten later."""
    mine = (refresh_tokens.c.digest == digest(token), refresh_tokens.c.used_at.is_(None))
    db.execute(update(refresh_tokens).where(*mine).values(expires_at=expires_at))


def repeated(db: Connection, token: str, known: Presented, grace_until: datetime, now: datetime) -> str | None:
    """The successor given before, when the answer was lost: asked again in time, and the successor never used.

    Only the bearer of the token can open it: the key is drawn from the token's own value, which we do not keep.
    """
    if known.successor is None or now >= grace_until:
        return None
    try:
        successor = _seal(token).open(known.successor, known.family.id).decode()
    except Broken:
        return None
    query = select(refresh_tokens.c.used_at).where(refresh_tokens.c.digest == digest(successor))
    row = db.execute(query).first()
    return successor if row is not None and row.used_at is None else None


def _keep(db: Connection, token: str, family_id: str, now: datetime, expires_at: datetime) -> None:
    db.execute(
        insert(refresh_tokens).values(digest=digest(token), family_id=family_id, issued_at=now, expires_at=expires_at)
    )


def _seal(token: str) -> Seal:
    return Seal(hashlib.sha256(b"successor of " + token.encode()).digest())
