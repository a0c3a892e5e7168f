"""Families of tokens: born of a code, ended by a withdrawal, a sign-out, a replay or their age."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from idp.tokens.binding import Binding
from idp.tokens.records import Authentication, Family
from idp.tokens.tables import families


def save(db: Connection, family: Family) -> None:
    """Keep a new family."""
    db.execute(insert(families).values(**columns(family)))


def columns(family: Family) -> dict[str, Any]:
    """The row of a family."""
    who = family.authentication
    return {
        "id": family.id,
        "client_id": family.client_id,
        "person_id": family.person_id,
        "grant_id": family.grant_id,
        "session_id": who.session_id,
        "kind": family.kind,
        "scope": " ".join(sorted(family.scope)),
        "audience": list(family.audience),
        "binding": family.binding.text() if family.binding else None,
        "claims": family.claims,
        "details": family.details,
        "former": " ".join(family.former) or None,
        "actor": family.actor,
        "auth_time": who.auth_time,
        "acr": who.acr,
        "amr": list(who.amr),
        "created_at": family.created_at,
        "expires_at": family.expires_at,
        "ended_at": family.ended_at,
        "ended_because": family.ended_because,
    }


def find(db: Connection, family_id: str) -> Family | None:
    """The family of that identifier, ended or not."""
    row = db.execute(select(families).where(families.c.id == family_id)).mappings().first()
    return record(row) if row else None


def end(db: Connection, family_id: str, because: str, now: datetime) -> Family | None:
    """End a family; gives it when it was alive until now, so that exactly one caller acts on it."""
    row = (
        db.execute(
            update(families)
            .where(families.c.id == family_id, families.c.ended_at.is_(None))
            .values(ended_at=now, ended_because=because)
            .returning(*families.c)
        )
        .mappings()
        .first()
    )
    return record(row) if row else None


def end_of_session(db: Connection, session_id: str, because: str, now: datetime) -> int:
    """End the families that live no longer than their session; gives how many."""
    living = (families.c.session_id == session_id, families.c.kind == "online", families.c.ended_at.is_(None))
    return db.execute(update(families).where(*living).values(ended_at=now, ended_because=because)).rowcount


def end_of_grant(db: Connection, grant_id: str, because: str, now: datetime) -> int:
    """End every family of a grant that is replaced; gives how many there were."""
    living = (families.c.grant_id == grant_id, families.c.ended_at.is_(None))
    return db.execute(update(families).where(*living).values(ended_at=now, ended_because=because)).rowcount


def record(row: Mapping[str, Any] | RowMapping) -> Family:
    """A row as a value."""
    return Family(
        id=row["id"],
        client_id=row["client_id"],
        person_id=row["person_id"],
        grant_id=row["grant_id"],
        kind=row["kind"],
        scope=frozenset(row["scope"].split()),
        audience=tuple(row["audience"]),
        authentication=Authentication(row["session_id"], row["auth_time"], row["acr"], tuple(row["amr"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        binding=Binding.of(row["binding"]),
        claims=row["claims"],
        details=row["details"],
        former=tuple((row["former"] or "").split()),
        actor=row["actor"],
        ended_at=row["ended_at"],
        ended_because=row["ended_because"],
    )
