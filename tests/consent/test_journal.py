"""The journal: one chain a person; whatever is changed, removed, moved or cut off is found."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, event, select, update

from consent import entries, journal
from consent.actors import Actor, holder
from consent.entries import Entry, entry_of
from consent.journal import Fault, Recorded, Report
from consent.tables import heads
from consent.tables import journal as table
from tests.consent.world import GABRIELLE, NOW, World


def line(number: int = 0, person: str = GABRIELLE, **changes: Any) -> Entry:
    by = Actor("app", "glucolink", "GlucoLink", "app", "203.0.113.7")
    values = {"object_kind": "Observation", "count": number, "client_id": "glucolink", "client_name": "GlucoLink"}
    return entry_of(person, by, NOW + timedelta(seconds=number), "create", **{**values, **changes})


async def filled(bare: World, count: int = 6, person: str = GABRIELLE) -> None:
    def unit(db: Connection) -> None:
        for number in range(count):
            journal.record(db, line(number, person))

    await bare.work(unit)


async def verified(bare: World, person: str | None = None) -> Report:
    return await bare.ground.database.read(lambda db: journal.verify(db, person))


def kinds(report: Report) -> list[tuple[str, int]]:
    return [(fault.kind, fault.seq) for fault in report.faults]


async def test_what_is_written_is_read_back(bare: World) -> None:
    entry = line(3, object_ids=("a", "b"), object_name="Lola", for_person="per_child", grant_id="grt_1", because="x")
    written = await bare.work(lambda db: journal.record(db, entry))
    (read,) = await bare.lines()
    assert read == written
    assert read.entry == entry


async def test_the_first_line_follows_the_person_and_each_other_the_one_before(bare: World) -> None:
    await filled(bare, 3)
    rows = await bare.work(lambda db: db.execute(select(table).order_by(table.c.seq)).all())
    assert [row.seq for row in rows] == [1, 2, 3]
    assert rows[0].previous == entries.genesis(GABRIELLE)
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert rows[2].hash == entries.link(rows[1].hash, entries.content(line(2)))


async def test_a_whole_journal_is_found_whole(bare: World) -> None:
    await filled(bare)
    await filled(bare, 2, "per_2")
    report = await verified(bare)
    assert (report.whole, report.people, report.lines) == (True, 2, 8)


@pytest.mark.parametrize(
    "change",
    [{"count": 97}, {"actor_name": "X"}, {"outcome": "refused"}, {"at": NOW}, {"object_ids": ["z"]}, {"because": "y"}],
)
async def test_a_changed_line_is_found(bare: World, change: dict[str, Any]) -> None:
    await filled(bare)
    await bare.work(lambda db: db.execute(update(table).where(table.c.seq == 4).values(change)))
    assert kinds(await verified(bare)) == [("changed", 4)]


async def test_a_changed_line_whose_hash_was_made_again_is_found(bare: World) -> None:
    await filled(bare)

    def forge(db: Connection) -> None:
        row = db.execute(select(table).where(table.c.seq == 4)).one()
        forged = entries.link(row.previous, entries.content(line(3, count=1000)))
        db.execute(update(table).where(table.c.seq == 4).values(count=1000, hash=forged))

    await bare.work(forge)
    assert kinds(await verified(bare)) == [("reordered", 5)]


async def test_a_missing_line_is_found(bare: World) -> None:
    await filled(bare)
    await bare.work(lambda db: db.execute(delete(table).where(table.c.seq == 3)))
    assert kinds(await verified(bare)) == [("missing", 3)]


async def test_a_missing_line_hidden_by_new_numbers_is_found(bare: World) -> None:
    await filled(bare)

    def hide(db: Connection) -> None:
        db.execute(delete(table).where(table.c.seq == 3))
        for number in (4, 5, 6):
            db.execute(update(table).where(table.c.seq == number).values(seq=number - 1))

    await bare.work(hide)
    assert kinds(await verified(bare)) == [("reordered", 3), ("truncated", 6)]


async def test_two_lines_that_changed_places_are_found(bare: World) -> None:
    await filled(bare)

    def swap(db: Connection) -> None:
        for old, new in ((2, 99), (5, 2), (99, 5)):
            db.execute(update(table).where(table.c.seq == old).values(seq=new))

    await bare.work(swap)
    assert {seq for kind, seq in kinds(await verified(bare)) if kind == "reordered"} == {2, 3, 5, 6}


async def test_a_journal_cut_off_is_found(bare: World) -> None:
    await filled(bare)
    await bare.work(lambda db: db.execute(delete(table).where(table.c.seq > 4)))
    assert kinds(await verified(bare)) == [("truncated", 5)]
    await bare.work(lambda db: db.execute(delete(table)))
    assert kinds(await verified(bare)) == [("truncated", 1)]


async def test_lines_added_behind_its_back_are_found(bare: World) -> None:
    await filled(bare, 3)

    def forge(db: Connection) -> None:
        row: Any = dict(db.execute(select(table).where(table.c.seq == 3)).mappings().one())
        row.update(seq=4, previous=row["hash"], hash=entries.link(row["hash"], entries.content(line(2))))
        db.execute(table.insert().values(row))

    await bare.work(forge)
    assert kinds(await verified(bare)) == [("changed", 4)]


async def test_a_line_before_the_first_is_found(bare: World) -> None:
    await filled(bare, 3)

    def forge(db: Connection) -> None:
        row: Any = dict(db.execute(select(table).where(table.c.seq == 1)).mappings().one())
        db.execute(table.insert().values({**row, "seq": -4}))

    await bare.work(forge)
    assert kinds(await verified(bare)) == [("changed", -4)]


async def test_lines_written_while_it_is_read_are_no_fault(bare: World) -> None:
    await filled(bare, 30)
    done = asyncio.Event()

    async def writer() -> None:
        while not done.is_set():
            await filled(bare, 1)

    writing = asyncio.create_task(writer())
    reports = [await verified(bare) for _ in range(20)]
    done.set()
    await writing
    assert all(report.whole for report in reports)


async def test_a_chain_without_its_end_is_found(bare: World) -> None:
    await filled(bare)
    await bare.work(lambda db: db.execute(delete(heads)))
    assert kinds(await verified(bare)) == [("missing", 0)]


async def test_an_agreement_without_any_journal_is_found(world: World) -> None:
    await world.agreed()

    def erase(db: Connection) -> None:
        db.execute(delete(table))
        db.execute(delete(heads))

    await world.work(erase)
    assert (await verified(world)).faults == (Fault(GABRIELLE, 0, "missing", "the end of the chain is not there"),)


async def test_one_chain_can_be_verified_alone(bare: World) -> None:
    await filled(bare)
    await filled(bare, 2, "per_2")
    await bare.work(lambda db: db.execute(update(table).where(table.c.person_id == "per_2").values(count=7)))
    assert (await verified(bare, GABRIELLE)).whole
    assert not (await verified(bare, "per_2")).whole


async def test_long_journals_and_many_people_are_read_by_batches(bare: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_BATCH", 4)
    monkeypatch.setattr(journal, "_PEOPLE", 2)
    for number in range(5):
        await filled(bare, 9, f"per_{number}")
    report = await verified(bare)
    assert (report.whole, report.people, report.lines) == (True, 5, 45)


async def test_fifty_who_write_at_once_write_one_chain(bare: World) -> None:
    """The first line is raced for too: nobody has a chain yet."""

    async def one(number: int) -> Recorded:
        return await bare.work(lambda db: journal.record(db, line(number)))

    written = await asyncio.gather(*(one(number) for number in range(50)))
    assert sorted(one.seq for one in written) == list(range(1, 51))
    report = await verified(bare)
    assert (report.whole, report.lines) == (True, 50)


async def test_a_line_of_a_failed_transaction_is_not_in_the_chain(bare: World) -> None:
    await filled(bare, 2)

    def fail(db: Connection) -> None:
        journal.record(db, line(9))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await bare.work(fail)
    await filled(bare, 1)
    report = await verified(bare)
    assert (report.whole, report.lines) == (True, 3)


async def test_a_line_costs_few_statements(bare: World) -> None:
    seen: list[str] = []
    engine = bare.ground.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *rest: seen.append(statement))
    await bare.work(lambda db: journal.record(db, line()))
    written = [statement for statement in seen if not statement.startswith(("BEGIN", "COMMIT"))]
    assert len(written) == (1 if bare.ground.database.dialect == "postgresql" else 3)


async def test_at_most_twenty_identifiers_are_kept(bare: World) -> None:
    await bare.work(lambda db: journal.record(db, line(500, object_ids=tuple(str(n) for n in range(500)))))
    (one,) = await bare.lines()
    assert (one.entry.object_ids, one.entry.count) == (tuple(str(n) for n in range(20)), 500)
    assert (await verified(bare)).whole


async def test_pages_follow_each_other_without_a_hole(bare: World) -> None:
    await filled(bare, 7)
    first = await bare.work(lambda db: journal.page(db, GABRIELLE, limit=3))
    second = await bare.work(lambda db: journal.page(db, GABRIELLE, before=first[-1].seq, limit=3))
    assert [one.seq for one in first + second] == [7, 6, 5, 4, 3, 2]


async def test_the_journal_can_be_narrowed(bare: World) -> None:
    def unit(db: Connection) -> None:
        journal.record(db, line(1))
        journal.record(db, line(2, outcome="refused", because="consent_ended"))
        journal.record(db, entry_of(GABRIELLE, holder(GABRIELLE), NOW, "grant.ended", client_id="glucolink"))
        journal.record(db, entry_of(GABRIELLE, holder(GABRIELLE), NOW, "session.started"))
        journal.record(db, entry_of(GABRIELLE, holder(GABRIELLE), NOW, "space.activated"))

    await bare.work(unit)
    for only, expected in (
        ({"kind": "app"}, [1, 2]),
        ({"kind": "person"}, [3, 4, 5]),
        ({"kind": "access"}, [1, 2]),
        ({"kind": "refused"}, [2]),
        ({"kind": "agreement"}, [3]),
        ({"kind": "account"}, [4]),
        ({"kind": "space"}, [5]),
        ({"client_id": "glucolink"}, [1, 2, 3]),
        ({"client_id": "other"}, []),
    ):
        assert [one.seq for one in await bare.lines(**only)] == expected


@given(st.text(max_size=30), st.integers(0, 10**6), st.lists(st.text(max_size=5), max_size=3))
def test_what_is_hashed_is_the_content_and_all_of_it(name: str, count: int, ids: list[str]) -> None:
    entry = line(count, object_name=name, object_ids=tuple(ids))
    assert entries.content(entry) == entries.content(replace(entry))
    for change in ({"count": count + 1}, {"object_name": name + "x"}, {"object_ids": (*ids, "x")}, {"person_id": "p"}):
        assert entries.content(entry) != entries.content(replace(entry, **change))


def test_an_address_is_kept_as_a_hint() -> None:
    assert entries.hint("203.0.113.7") == "203.0.113.x"
    assert entries.hint("2001:db8:1:2:3::4") == "2001:db8:1::"
    assert entries.hint("") == ""
    assert entries.hint("unix:") == ""
