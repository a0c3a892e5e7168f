"""Authorization codes: issued once, taken once (RFC 6749 §4.1.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, update

from idp.tokens.records import Authentication, Code
from idp.tokens.tables import codes
from kit.secrets import digest, issue


def save(db: Connection, code: Code) -> str:
    """Issue a code; its value is given here and kept nowhere."""
    value = issue("ac")
    db.execute(insert(codes).values(**columns(code, value)))
    return value


def columns(code: Code, value: str) -> dict[str, Any]:
    """The row of a fresh code."""
    who = code.authentication
    return {
        "digest": digest(value),
        "client_id": code.client_id,
        "person_id": code.person_id,
        "grant_id": code.grant_id,
        "session_id": who.session_id,
        "family_id": code.family_id,
        "redirect_uri": code.redirect_uri,
        "redirect_said": "yes" if code.redirect_said else "no",
        "scope": " ".join(sorted(code.scope)),
        "audience": list(code.audience),
        "nonce": code.nonce,
        "code_challenge": code.code_challenge,
        "jkt": code.jkt,
        "claims": code.claims,
        "details": code.details,
        "former": " ".join(code.former) or None,
        "auth_time": who.auth_time,
        "acr": who.acr,
        "amr": list(who.amr),
        "issued_at": code.issued_at,
        "expires_at": code.expires_at,
        "used_at": None,
        "replayed_at": None,
    }


def take(db: Connection, value: str, client_id: str, now: datetime) -> Code | None:
    """Use a code: exactly one caller gets it, however many try. None when it is not theirs, used or too old."""
    taken = (
        update(codes)
        .where(
            codes.c.digest == digest(value),
            codes.c.client_id == client_id,
            codes.c.used_at.is_(None),
            codes.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(*codes.c)
    )
    row = db.execute(taken).mappings().first()
    return record(row) if row else None


def replayed(db: Connection, value: str, client_id: str, now: datetime) -> str | None:
    """The family born, or about to be born, of a code that its own client used before: a replay ends it.

    The replay is written on the code too: a family about to be born of it in another process is born ended.
    """
    again = (
        update(codes)
        .where(codes.c.digest == digest(value), codes.c.client_id == client_id, codes.c.used_at.is_not(None))
        .values(replayed_at=now)
        .returning(codes.c.family_id)
    )
    return db.execute(again).scalar()


def spend_of_grant(db: Connection, grant_id: str, now: datetime) -> None:
    """Codes that were not brought yet are good for nothing: their grant is replaced."""
    db.execute(update(codes).where(codes.c.grant_id == grant_id, codes.c.used_at.is_(None)).values(used_at=now))


def record(row: Mapping[str, Any] | RowMapping) -> Code:
    """A row as a value."""
    return Code(
        client_id=row["client_id"],
        person_id=row["person_id"],
        grant_id=row["grant_id"],
        family_id=row["family_id"],
        redirect_uri=row["redirect_uri"],
        redirect_said=row["redirect_said"] == "yes",
        scope=frozenset(row["scope"].split()),
        audience=tuple(row["audience"]),
        nonce=row["nonce"],
        code_challenge=row["code_challenge"],
        authentication=Authentication(row["session_id"], row["auth_time"], row["acr"], tuple(row["amr"])),
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        jkt=row["jkt"],
        claims=row["claims"],
        details=row["details"],
        former=tuple((row["former"] or "").split()),
    )
