"""The SQL of grants and of their versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update
from sqlalchemy import insert as into
from sqlalchemy.dialects import postgresql, sqlite

from consent import spaces_store
from consent.actors import Actor
from consent.grants import Because, Grant, Status
from consent.spaces import Space
from consent.tables import grants, spaces, versions


@dataclass(frozen=True, slots=True)
class Version:
    """One state that a grant was in, and who brought it there."""

    grant_id: str
    version: int
    status: Status
    scope: frozenset[str]
    consents: frozenset[str]
    since: datetime | None
    until: datetime | None
    duration: str | None
    purpose: str
    ended_because: Because | None
    by_kind: str
    by_id: str
    by_name: str
    at: datetime
    details: tuple[Mapping[str, Any], ...] | None = None


COLUMNS = [grants.c[field.name] for field in fields(Grant)]
_KEPT_IN_VERSIONS = (
    *("status", "scope", "consents", "details", "since", "until", "duration", "purpose"),
    "ended_because",
)
_FIND = select(*COLUMNS).where(grants.c.id == bindparam("grant"))
_WITH_SPACE = (
    select(*COLUMNS, *[column.label(f"space_{column.name}") for column in spaces.c])
    .select_from(grants.outerjoin(spaces, spaces.c.person_id == grants.c.person_id))
    .where(grants.c.id == bindparam("grant"))
)
_BETWEEN = select(*COLUMNS).where(
    grants.c.person_id == bindparam("person"), grants.c.client_id == bindparam("client"), grants.c.status != "ended"
)


def find(db: Connection, grant_id: str) -> Grant | None:
    """The grant of that identifier."""
    row = db.execute(_FIND, {"grant": grant_id}).mappings().first()
    return record(row) if row else None


def with_space(db: Connection, grant_id: str) -> tuple[Grant | None, Space | None]:
    """A grant and the space it is about, in one read: what each call of an app costs."""
    row = db.execute(_WITH_SPACE, {"grant": grant_id}).mappings().first()
    if row is None:
        return None, None
    if row["space_person_id"] is None:
        return record(row), None
    ours: Any = {column.name: row[f"space_{column.name}"] for column in spaces.c}
    return record(row), spaces_store.record(ours)


def between(db: Connection, person_id: str, client_id: str) -> Grant | None:
    """The grant of a person and an app that has not ended; there is at most one."""
    row = db.execute(_BETWEEN, {"person": person_id, "client": client_id}).mappings().first()
    return record(row) if row else None


def by_pairing(db: Connection, pairing_id: str) -> Grant | None:
    """The grant that this pairing set up."""
    row = db.execute(select(*COLUMNS).where(grants.c.pairing_id == pairing_id)).mappings().first()
    return record(row) if row else None


def of_person(db: Connection, person_id: str, limit: int = 200) -> list[Grant]:
    """The grants of a person, the newest first, ended ones too."""
    query = select(*COLUMNS).where(grants.c.person_id == person_id)
    return [record(row) for row in db.execute(query.order_by(grants.c.created_at.desc()).limit(limit)).mappings()]


def alive_of_person(db: Connection, person_id: str) -> list[Grant]:
    """The grants of a person that have not ended."""
    query = select(*COLUMNS).where(grants.c.person_id == person_id, grants.c.status != "ended")
    return [record(row) for row in db.execute(query).mappings()]


def alive_of_client(db: Connection, client_id: str, limit: int) -> list[Grant]:
    """Some of the grants of a client that have not ended."""
    query = select(*COLUMNS).where(grants.c.client_id == client_id, grants.c.status != "ended")
    return [record(row) for row in db.execute(query.order_by(grants.c.id).limit(limit)).mappings()]


def due(db: Connection, now: datetime, waiting_since: datetime, limit: int) -> list[Grant]:
    """Grants whose time is over, and requests without an answer since `waiting_since`: locked for this sweep."""
    over = select(*COLUMNS).where(grants.c.status.in_(["active", "paused"]), grants.c.until <= now)
    forgotten = select(*COLUMNS).where(grants.c.status == "pending", grants.c.created_at <= waiting_since)
    found: list[Grant] = []
    for query, order in ((over, grants.c.until), (forgotten, grants.c.created_at)):
        room = query.order_by(order).limit(limit - len(found)).with_for_update(skip_locked=True)
        found += [record(row) for row in db.execute(room).mappings()] if len(found) < limit else []
    return found


def insert(db: Connection, grant: Grant, by: Actor) -> bool:
    """Keep a new grant and its first version; False when the two already have a living one."""
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fresh = kind(grants).values(**_columns(grant)).on_conflict_do_nothing().returning(grants.c.id)
    if db.execute(fresh).first() is None:
        return False
    _keep_version(db, grant, by, grant.created_at)
    return True


def move(db: Connection, before: Grant, after: Grant, by: Actor, now: datetime) -> bool:
    """Replace `before` by `after` and keep the version; False when somebody was first: exactly one wins."""
    columns = _columns(after)
    values = {name: columns[name] for name in (*_KEPT_IN_VERSIONS, "declined", "version", "changed_at")}
    same = (grants.c.id == before.id, grants.c.version == before.version)
    if db.execute(update(grants).where(*same).values(**values).returning(grants.c.id)).first() is None:
        return False
    _keep_version(db, after, by, now)
    return True


def set_pairing(db: Connection, grant_id: str, pairing_id: str) -> bool:
    """Give the grant its pairing; False when it has one already: exactly one wins."""
    free = (grants.c.id == grant_id, grants.c.pairing_id.is_(None))
    done = update(grants).where(*free).values(pairing_id=pairing_id).returning(grants.c.id)
    return db.execute(done).first() is not None


def set_return(db: Connection, grant_id: str, values: dict[str, Any]) -> None:
    """Where the person goes back to after the consents page, and what the app says of its patient."""
    db.execute(update(grants).where(grants.c.id == grant_id).values(**values))


def patient_reference(db: Connection, grant_id: str) -> bytes | None:
    """What the app said of its own patient, still sealed."""
    return db.execute(select(grants.c.patient_reference).where(grants.c.id == grant_id)).scalar()


def history(db: Connection, grant_id: str) -> list[Version]:
    """Every version of a grant, the first one first."""
    rows = db.execute(select(versions).where(versions.c.grant_id == grant_id).order_by(versions.c.version)).mappings()
    return [_version(row) for row in rows]


def _keep_version(db: Connection, grant: Grant, by: Actor, now: datetime) -> None:
    columns = _columns(grant)
    kept = {name: columns[name] for name in _KEPT_IN_VERSIONS}
    who = {"by_kind": by.kind, "by_id": by.id, "by_name": by.name, "at": now}
    db.execute(into(versions).values(grant_id=grant.id, version=grant.version, **kept, **who))


def _columns(grant: Grant) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(grant, field.name) for field in fields(Grant)}
    values["status"] = str(grant.status)
    values["ended_because"] = None if grant.ended_because is None else str(grant.ended_because)
    values["scope"] = sorted(grant.scope)
    values["consents"] = sorted(grant.consents)
    values["details"] = None if grant.details is None else list(grant.details)
    values["declined"] = sorted(grant.declined)
    return values


def _read(row: Mapping[str, Any] | RowMapping, names: Sequence[str]) -> dict[str, Any]:
    values = {name: row[name] for name in names}
    values["status"] = Status(values["status"])
    values["ended_because"] = None if values["ended_because"] is None else Because(values["ended_because"])
    values["scope"] = frozenset(values["scope"])
    values["consents"] = frozenset(values["consents"])
    values["details"] = None if values["details"] is None else tuple(values["details"])
    return values


_GRANT_FIELDS = tuple(field.name for field in fields(Grant))
_VERSION_FIELDS = tuple(field.name for field in fields(Version))


def record(row: Mapping[str, Any] | RowMapping) -> Grant:
    """A row as a value."""
    return Grant(**{**_read(row, _GRANT_FIELDS), "declined": frozenset(row["declined"])})


def _version(row: RowMapping) -> Version:
    return Version(**_read(row, _VERSION_FIELDS))
