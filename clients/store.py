"""The SQL of clients."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from clients import metadata
from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from clients.tables import clients

_SETS = ("grant_types", "scope", "consents")
_LISTS = ("redirect_uris", "post_logout_redirect_uris")


def find(db: Connection, client_id: str) -> Client | None:
    """The client of that identifier."""
    row = db.execute(select(clients).where(clients.c.client_id == client_id)).mappings().first()
    return _record(row) if row else None


def held(db: Connection, client_id: str) -> Client | None:
    """The same, for who changes it in this transaction: nobody else does until it is over."""
    row = db.execute(select(clients).where(clients.c.client_id == client_id).with_for_update()).mappings().first()
    return _record(row) if row else None


def all_clients(
    db: Connection,
    *,
    statuses: Sequence[Status] = (),
    kinds: Sequence[Kind] = (),
    after: str = "",
    limit: int = 100,
) -> list[Client]:
    """Clients by identifier, a page at a time: those after `after` (R157)."""
    query = select(clients).where(clients.c.client_id > after).order_by(clients.c.client_id).limit(limit)
    if statuses:
        query = query.where(clients.c.status.in_([str(status) for status in statuses]))
    if kinds:
        query = query.where(clients.c.kind.in_([str(kind) for kind in kinds]))
    return [_record(row) for row in db.execute(query).mappings()]


def add(db: Connection, client: Client, now: datetime) -> None:
    """Keep a new client. Raises clients.metadata.BadMetadata when it does not hold together."""
    metadata.check(client)
    db.execute(insert(clients).values(**_columns(client), changed_at=now))


def replace(db: Connection, client: Client, now: datetime) -> bool:
    """Change a client as a whole; False when there is none of that identifier. Raises BadMetadata."""
    metadata.check(client)
    values = _columns(client)
    del values["client_id"], values["created_at"]
    done = db.execute(update(clients).where(clients.c.client_id == client.client_id).values(**values, changed_at=now))
    return done.rowcount == 1


def set_status(db: Connection, client_id: str, status: Status, now: datetime) -> bool:
    """Move a client in the catalogue; False when there is none of that identifier."""
    done = db.execute(
        update(clients).where(clients.c.client_id == client_id).values(status=str(status), changed_at=now)
    )
    return done.rowcount == 1


def set_registration(db: Connection, client_id: str, digest: str | None, now: datetime) -> bool:
    """Who may change the registration from now on (RFC 7592): the holder of that token, or nobody."""
    done = db.execute(
        update(clients).where(clients.c.client_id == client_id).values(registration_digest=digest, changed_at=now)
    )
    return done.rowcount == 1


def _columns(client: Client) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(client, field.name) for field in fields(Client)}
    for name in _SETS:
        values[name] = sorted(values[name])
    for name in _LISTS:
        values[name] = list(values[name])
    values["jwks"] = dict(client.jwks) if client.jwks is not None else None
    values["options"] = client.options.to_json()
    lifetime = client.access_token_lifetime
    values["access_token_lifetime"] = int(lifetime.total_seconds()) if lifetime else None
    return values


def _record(row: RowMapping) -> Client:
    values = {field.name: row[field.name] for field in fields(Client)}
    for name in _SETS:
        values[name] = frozenset(values[name])
    for name in _LISTS:
        values[name] = tuple(values[name])
    seconds = values["access_token_lifetime"]
    values["access_token_lifetime"] = timedelta(seconds=seconds) if seconds else None
    values["kind"] = Kind(values["kind"])
    values["status"] = Status(values["status"])
    values["auth_method"] = AuthMethod(values["auth_method"])
    values["options"] = Options.from_json(values["options"])
    return Client(**values)
