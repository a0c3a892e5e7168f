"""The SQL of requests answered on another device."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.decoupled.records import Agreed, Demand, Status
from idp.decoupled.tables import demands
from idp.protocol.requests import AuthorizationRequest
from idp.tokens.records import Authentication, Code
from kit.secrets import digest

_WAITING = demands.c.status == str(Status.WAITING)


def add(db: Connection, demand: Demand, value: str, user_code: str | None = None) -> bool:
    """Keep a request under the digest of `value`; False when the keyed digest `user_code` is taken."""
    row = {
        "digest": digest(value),
        "id": demand.id,
        "kind": demand.kind,
        "client_id": demand.client_id,
        "person_id": demand.person_id,
        "user_code": user_code,
        "request": demand.asked.to_json(),
        "extra": dict(demand.extra),
        "sealed": demand.sealed,
        "address": demand.address[:45],
        "interval": demand.interval,
        "status": str(demand.status),
        "family_id": demand.family_id,
        "session_id": "",
        "created_at": demand.created_at,
        "expires_at": demand.expires_at,
    }
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    kept = kind(demands).values(**row).on_conflict_do_nothing().returning(demands.c.digest)
    return db.execute(kept).first() is not None


def presented(db: Connection, kind: str, value: str) -> Demand | None:
    """The request behind what an app brings; nobody else asks about it until the transaction is over."""
    return _one(db, demands.c.digest == digest(value), demands.c.kind == kind, lock=True)


def find(db: Connection, kind: str, demand_id: str) -> Demand | None:
    """The request of that name."""
    return _one(db, demands.c.id == demand_id, demands.c.kind == kind)


def by_user_code(db: Connection, mark: str) -> Demand | None:
    """The device's request whose code has that keyed digest."""
    return _one(db, demands.c.user_code == mark)


def waiting(db: Connection, person_id: str, now: datetime) -> list[Demand]:
    """What waits for a person's answer, the newest first."""
    theirs = (demands.c.person_id == person_id, _WAITING, demands.c.expires_at > now)
    query = select(demands).where(*theirs).order_by(demands.c.created_at.desc(), demands.c.id.desc()).limit(50)
    return [_record(row) for row in db.execute(query).mappings()]


def replace_former(db: Connection, person_id: str, client_id: str, now: datetime) -> int:
    """An app has one request at a time before a person: those that wait are over. Gives how many."""
    theirs = (demands.c.person_id == person_id, demands.c.client_id == client_id, _WAITING)
    return db.execute(update(demands).where(*theirs).values(status=str(Status.REPLACED), decided_at=now)).rowcount


def asked_again(db: Connection, demand: Demand, interval: int, now: datetime) -> None:
    """The app asked and was told to wait."""
    db.execute(update(demands).where(demands.c.id == demand.id).values(polled_at=now, interval=interval))


def allow(db: Connection, demand: Demand, given: Code, now: datetime) -> Demand | None:
    """The person agreed to what `given` says; None when the request was over. Of many at once, one gets it."""
    who = given.authentication
    agreed = {
        "scope": sorted(given.scope),
        "audience": list(given.audience),
        "claims": given.claims,
        "details": given.details,
        "acr": who.acr,
        "amr": list(who.amr),
    }
    values = {
        "status": str(Status.ALLOWED),
        "person_id": given.person_id,
        "grant_id": given.grant_id,
        "session_id": who.session_id,
        "auth_time": who.auth_time,
        "agreed": agreed,
        "decided_at": now,
    }
    return _decide(db, demand, values, now)


def refuse(db: Connection, demand: Demand, person_id: str, now: datetime) -> Demand | None:
    """The person said no; None when the request was over."""
    return _decide(db, demand, {"status": str(Status.REFUSED), "person_id": person_id, "decided_at": now}, now)


def take(db: Connection, demand: Demand, now: datetime) -> bool:
    """What was agreed is handed over: exactly one caller gets True."""
    mine = (demands.c.id == demand.id, demands.c.status == str(Status.ALLOWED), demands.c.used_at.is_(None))
    return db.execute(update(demands).where(*mine, demands.c.expires_at > now).values(used_at=now)).rowcount == 1


def _decide(db: Connection, demand: Demand, values: Mapping[str, Any], now: datetime) -> Demand | None:
    still = (demands.c.id == demand.id, _WAITING, demands.c.expires_at > now)
    row = db.execute(update(demands).where(*still).values(**values).returning(*demands.c)).mappings().first()
    return _record(row) if row else None


def _one(db: Connection, *where: Any, lock: bool = False) -> Demand | None:
    query = select(demands).where(*where)
    row = db.execute(query.with_for_update() if lock else query).mappings().first()
    return _record(row) if row else None


def _record(row: RowMapping) -> Demand:
    plain = Demand(
        id=row["id"],
        kind=row["kind"],
        client_id=row["client_id"],
        asked=AuthorizationRequest.from_json(row["request"]),
        person_id=row["person_id"],
        address=row["address"],
        interval=row["interval"],
        family_id=row["family_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        extra=row["extra"],
        sealed=row["sealed"],
        status=Status(row["status"]),
        grant_id=row["grant_id"],
        polled_at=row["polled_at"],
        used_at=row["used_at"],
    )
    kept = row["agreed"]
    if kept is None:
        return plain
    who = Authentication(row["session_id"], row["auth_time"], kept["acr"], tuple(kept["amr"]))
    scope, audience = frozenset(kept["scope"]), tuple(kept["audience"])
    return replace(plain, agreed=Agreed(scope, audience, kept["claims"], kept["details"], who))
