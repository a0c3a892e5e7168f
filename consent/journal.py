"""The access journal: one chain of lines a person, each tied to the one before it by its hash, its end kept apart."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    Connection,
    Executable,
    LargeBinary,
    RowMapping,
    bindparam,
    func,
    insert,
    or_,
    select,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite

from consent import entries
from consent.entries import MOST_IDS, Entry
from consent.tables import grants, heads, journal

_NAMES = tuple(field.name for field in fields(Entry))
_BATCH = 1000
_PEOPLE = 500

DATA_ACTIONS = ("create", "read", "search", "update", "delete")
KINDS = ("app", "person", "professional", "system", "access", "agreement", "space", "account", "refused")
"""What the journal can be narrowed to: by who acted, or by what it was about."""
_BEGINS = {
    "agreement": ("grant.", "pairing."),
    "space": ("space.", "child."),
    "account": ("account.", "session.", "app."),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line and its place in the chain."""

    entry: Entry
    seq: int
    hash: bytes


def record(db: Connection, entry: Entry) -> Recorded:
    """Add a line at the end of its person's chain. The end is locked until the transaction is over: one chain, no fork.

    One statement on PostgreSQL, which computes the link itself; three short ones on SQLite, whose writer is alone.
    """
    values: dict[str, Any] = {name: getattr(entry, name) for name in _NAMES}
    values["object_ids"] = list(entry.object_ids[:MOST_IDS])
    kept = Entry(**{**values, "object_ids": tuple(values["object_ids"])})
    said = entries.content(kept)
    start = entries.genesis(entry.person_id)
    if db.dialect.name == "postgresql":
        first = {"start": start, "said": said, "first": entries.link(start, said)}
        row = db.execute(_APPEND, {**{f"e_{name}": value for name, value in values.items()}, **first}).one()
        return Recorded(kept, row.seq, row.hash)
    end = db.execute(_END, {"person": entry.person_id}).first()
    seq, previous = (end.seq + 1, end.hash) if end else (1, start)
    tied = entries.link(previous, said)
    place = {"seq": seq, "previous": previous, "hash": tied}
    db.execute(_MOVE_END, {"person_id": entry.person_id, **place})
    db.execute(_ADD, {**values, **place})
    return Recorded(kept, seq, tied)


def page(
    db: Connection,
    person_id: str,
    before: int | None = None,
    limit: int = 50,
    client_id: str | None = None,
    kind: str | None = None,
) -> list[Recorded]:
    """Lines of a person's journal, the newest first, those before line `before`. `kind` is one of `KINDS`."""
    query = select(journal).where(journal.c.person_id == person_id)
    if before is not None:
        query = query.where(journal.c.seq < before)
    if client_id is not None:
        query = query.where(journal.c.client_id == client_id)
    if kind in {"app", "person", "professional", "system"}:
        query = query.where(journal.c.actor_kind == kind)
    elif kind == "access":
        query = query.where(journal.c.action.in_(DATA_ACTIONS))
    elif kind == "refused":
        query = query.where(journal.c.outcome == "refused")
    elif kind is not None:
        query = query.where(or_(*(journal.c.action.startswith(start, autoescape=True) for start in _BEGINS[kind])))
    rows = db.execute(query.order_by(journal.c.seq.desc()).limit(limit)).mappings()
    return [_recorded(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written."""

    person_id: str
    seq: int
    kind: Literal["changed", "missing", "reordered", "truncated"]
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found."""

    people: int
    lines: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


def verify(db: Connection, person_id: str | None = None) -> Report:
    """Read one chain, or every chain, again from its start, and say what was changed, removed, moved or cut off.

    Each chain is read up to the end that it had when its turn came: lines written meanwhile are not taken for forged.
    """
    people = lines = 0
    faults: list[Fault] = []
    for one in [person_id] if person_id is not None else _everyone(db):
        read, found = _verify_chain(db, one)
        people, lines = people + 1, lines + read
        faults += found
    return Report(people, lines, tuple(faults))


def _verify_chain(db: Connection, person: str) -> tuple[int, list[Fault]]:
    end = db.execute(_END, {"person": person}).first()
    if end is None and _ought_to_have_lines(db, person):
        end = db.execute(_END, {"person": person}).first()  # its first line may have come between the two
        if end is None:
            return 0, [Fault(person, 0, "missing", "the end of the chain is not there")]
    if end is None:
        return 0, []
    faults: list[Fault] = []
    lines, seq, previous = 0, 0, entries.genesis(person)
    for row in _chain(db, person, end.seq):
        lines += 1
        here = row["seq"]
        if here <= seq:
            faults.append(Fault(person, here, "changed", f"line {here} was never written"))
            continue
        if here != seq + 1:
            faults.append(Fault(person, seq + 1, "missing", f"line {seq + 1} is not there (next is {here})"))
        elif row["previous"] != previous:
            faults.append(Fault(person, here, "reordered", f"line {here} follows another line"))
        if entries.link(row["previous"], entries.content(_entry(row))) != row["hash"]:
            faults.append(Fault(person, here, "changed", f"line {here} is not what was written"))
        seq, previous = here, row["hash"]
    if seq < end.seq:
        faults.append(Fault(person, seq + 1, "truncated", f"lines {seq + 1} to {end.seq} were cut off"))
    elif previous != end.hash:
        faults.append(Fault(person, seq, "changed", f"the chain does not end as written at line {end.seq}"))
    last = db.execute(_LAST, {"person": person}).scalar() or 0
    now_end = db.execute(_END, {"person": person}).first()
    if last > (now_end.seq if now_end else 0):
        faults.append(Fault(person, last, "changed", f"line {last} lies beyond the end of the chain"))
    return lines, faults


def _everyone(db: Connection) -> Iterator[str]:
    """Everyone who has, or ought to have, a chain."""
    after = ""
    while True:
        sources = (heads.c.person_id, journal.c.person_id, grants.c.person_id)
        found = union(
            *(select(c).where(c > after).distinct().order_by(c).limit(_PEOPLE).subquery().select() for c in sources)
        )
        names = sorted(db.execute(found).scalars())[:_PEOPLE]
        if not names:
            return
        yield from names
        after = names[-1]


def _chain(db: Connection, person_id: str, end: int) -> Iterator[RowMapping]:
    after = -(2**31)
    while True:
        here = (journal.c.person_id == person_id, journal.c.seq > after, journal.c.seq <= end)
        rows = db.execute(select(journal).where(*here).order_by(journal.c.seq).limit(_BATCH)).mappings().all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1]["seq"]


def _ought_to_have_lines(db: Connection, person_id: str) -> bool:
    """True when there are lines, or an agreement, which never goes without a line."""
    found = (select(table.c.person_id).where(table.c.person_id == person_id).limit(1) for table in (journal, grants))
    return any(db.execute(query).first() is not None for query in found)


def _entry(row: RowMapping) -> Entry:
    return Entry(**{**{name: row[name] for name in _NAMES}, "object_ids": tuple(row["object_ids"])})


def _recorded(row: RowMapping) -> Recorded:
    return Recorded(_entry(row), row["seq"], row["hash"])


_LAST = select(func.max(journal.c.seq)).where(journal.c.person_id == bindparam("person"))
_END = select(heads.c.seq, heads.c.hash).where(heads.c.person_id == bindparam("person"))


def _move_end() -> Executable:
    """SQLite: the end of the chain, new or moved."""
    fresh = sqlite.insert(heads)
    new = {name: fresh.excluded[name] for name in ("seq", "previous", "hash")}
    return fresh.on_conflict_do_update(index_elements=[heads.c.person_id], set_=new)


def _append() -> Executable:
    """PostgreSQL: move the end, then write the line with what it became; the lock on the end makes one chain."""

    def octets(name: str) -> BindParameter[bytes]:
        return bindparam(name, type_=LargeBinary())

    fresh = postgresql.insert(heads).values(
        person_id=bindparam("e_person_id", type_=heads.c.person_id.type),
        seq=1,
        previous=octets("start"),
        hash=octets("first"),
    )
    moved = {
        "seq": heads.c.seq + 1,
        "previous": heads.c.hash,
        "hash": func.sha256(heads.c.hash.op("||")(octets("said")), type_=LargeBinary()),
    }
    end = (
        fresh.on_conflict_do_update(index_elements=[heads.c.person_id], set_=moved)
        .returning(heads.c.seq, heads.c.previous, heads.c.hash)
        .cte("moved")
    )
    line = [bindparam(f"e_{name}", type_=journal.c[name].type).label(name) for name in _NAMES]
    return (
        insert(journal)
        .from_select([*_NAMES, "seq", "previous", "hash"], select(*line, end.c.seq, end.c.previous, end.c.hash))
        .returning(journal.c.seq, journal.c.hash)
    )


_ADD = insert(journal)
_MOVE_END = _move_end()
_APPEND = _append()
