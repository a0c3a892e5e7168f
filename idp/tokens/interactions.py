"""Requests that wait for the person: kept once checked, found again by an unguessable name."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from idp.protocol.requests import AuthorizationRequest
from idp.tokens.tables import interactions
from kit.seals import Seal
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


def finish(db: Connection, name: str, answer: Mapping[str, Any], now: datetime) -> bool:
    """The request is answered: exactly one caller may do it. `answer` is kept for who asks again at once."""
    mine = (interactions.c.id == digest(name), interactions.c.done_at.is_(None))
    sealed = _seal(name).close(msgspec.json.encode(answer), digest(name))
    return db.execute(update(interactions).where(*mine).values(done_at=now, answer=sealed)).rowcount == 1


def answered(db: Connection, name: str, since: datetime) -> tuple[AuthorizationRequest, dict[str, Any]] | None:
    """A request that was answered after `since`, and with what: a second click has the answer of the first."""
    mine = (interactions.c.id == digest(name), interactions.c.done_at > since, interactions.c.answer.is_not(None))
    row = db.execute(select(interactions.c.request, interactions.c.answer).where(*mine)).first()
    if row is None:
        return None
    answer: dict[str, Any] = msgspec.json.decode(_seal(name).open(row.answer, digest(name)))
    return AuthorizationRequest.from_json(row.request), answer


def _seal(name: str) -> Seal:
    return Seal(hashlib.sha256(b"answer to " + name.encode()).digest())
