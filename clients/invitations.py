"""Initial access tokens (RFC 7591 §3): who holds one may register clients, so many times, until its day."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from clients.tables import invitations
from kit.secrets import digest, issue


@dataclass(frozen=True, slots=True)
class Invitation:
    """What its holder may register. The token itself is not kept."""

    id: str
    label: str
    """Whom it was given to."""
    profile: str
    """The profile of the clients that it makes when they ask for none; "" for the usual one."""
    scope: frozenset[str]
    """The most that they may ask for; empty for the usual one."""
    uses_left: int
    created_at: datetime
    expires_at: datetime


def make(db: Connection, invitation: Invitation) -> str:
    """Keep it; gives its token, which is shown once."""
    token = issue("inv")
    values = {one.name: getattr(invitation, one.name) for one in fields(Invitation)}
    values["scope"] = sorted(invitation.scope)
    db.execute(insert(invitations).values(**values, digest=digest(token)))
    return token


def find(db: Connection, token: str, now: datetime) -> Invitation | None:
    """The invitation of a token, while it is good."""
    row = db.execute(select(invitations).where(*_good(token, now))).mappings().first()
    if row is None:
        return None
    values = {one.name: row[one.name] for one in fields(Invitation)}
    return Invitation(**{**values, "scope": frozenset(values["scope"])})


def take(db: Connection, token: str, now: datetime) -> bool:
    """Use it once; False when no use is left, which of many at the same time is so for all but that many."""
    left = invitations.c.uses_left
    return db.execute(update(invitations).where(*_good(token, now)).values(uses_left=left - 1)).rowcount == 1


def revoke(db: Connection, invitation_id: str) -> bool:
    """No client more by this one; False when there is none of that identifier."""
    return db.execute(update(invitations).where(invitations.c.id == invitation_id).values(uses_left=0)).rowcount == 1


def _good(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    table = invitations.c
    return (table.digest == digest(token), table.uses_left > 0, table.expires_at > now)
