"""Requests that wait for the person: kept once checked, found again by an unguessable name."""

import secrets
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from idp.protocol.requests import AuthorizationRequest
from idp.tokens.tables import interactions
from kit.secrets import digest


def save(db: Connection, asked: AuthorizationRequest, now: datetime, expires_at: datetime) -> str:
    """Keep a request; gives the name that stands for it in our own addresses."""
    name = secrets.token_urlsafe(24)
    row = {"id": digest(name), "request": asked.to_json(), "created_at": now, "expires_at": expires_at}
    db.execute(insert(interactions).values(**row))
    return name


def find(db: Connection, name: str, now: datetime) -> tuple[AuthorizationRequest, datetime] | None:
    """The request and when it was made; None when unknown, too old or answered."""
    query = select(interactions.c.request, interactions.c.created_at).where(
        interactions.c.id == digest(name), interactions.c.done_at.is_(None), interactions.c.expires_at > now
    )
    row = db.execute(query).first()
    return (AuthorizationRequest.from_json(row.request), row.created_at) if row else None


def finish(db: Connection, name: str, now: datetime) -> bool:
    """The request is answered: exactly one caller may do it."""
    mine = (interactions.c.id == digest(name), interactions.c.done_at.is_(None))
    return db.execute(update(interactions).where(*mine).values(done_at=now)).rowcount == 1
