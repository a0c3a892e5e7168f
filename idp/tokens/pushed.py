"""Requests pushed by the back channel (RFC 9126): kept checked, opened any number of times, answered once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.protocol.requests import AuthorizationRequest
from idp.tokens.tables import pushed_requests
from kit.secrets import digest, issue

PREFIX = "urn:ietf:params:oauth:request_uri:"


def columns(asked: AuthorizationRequest, now: datetime, expires_at: datetime) -> tuple[str, dict[str, Any]]:
    """The address that stands for a request (RFC 9126 §2.2), and its row."""
    value = issue("par")
    return PREFIX + value, {
        "digest": digest(value),
        "client_id": asked.client_id,
        "request": asked.to_json(),
        "created_at": now,
        "expires_at": expires_at,
        "used_at": None,
    }


def save(db: Connection, row: Mapping[str, Any]) -> None:
    """Keep a request."""
    db.execute(insert(pushed_requests).values(**row))


def mark_of(request_uri: str) -> str:
    """What a pushed request is kept under; an address that is not one of ours finds nothing."""
    return digest(request_uri.removeprefix(PREFIX))


def find(db: Connection, mark: str, client_id: str, now: datetime) -> AuthorizationRequest | None:
    """The request, when it is this client's, in time and not answered yet."""
    theirs = (pushed_requests.c.digest == mark, pushed_requests.c.client_id == client_id)
    fresh = (pushed_requests.c.used_at.is_(None), pushed_requests.c.expires_at > now)
    row = db.execute(select(pushed_requests.c.request).where(*theirs, *fresh)).first()
    return read(row.request, mark) if row else None


def read(kept: Mapping[str, Any], mark: str) -> AuthorizationRequest:
    """A kept request, with the mark that it will be burnt by."""
    return AuthorizationRequest.from_json({**kept, "pushed": mark})


def burn(db: Connection, mark: str, now: datetime) -> bool:
    """The request is answered: exactly one caller may do it."""
    mine = (pushed_requests.c.digest == mark, pushed_requests.c.used_at.is_(None))
    return db.execute(update(pushed_requests).where(*mine).values(used_at=now)).rowcount == 1
