"""The ground that tests stand on."""

from sqlalchemy import func, select

from kit import outbox
from kit.clock import FixedClock
from kit.ground import Ground


async def test_a_delivery_written_with_a_transaction_waits_there(ground: Ground, clock: FixedClock) -> None:
    await ground.database.work(lambda db: ground.outbox.put(db, "letter", {"to": "a"}, clock.now()))
    assert await ground.outbox.waiting() == 1


async def test_each_test_has_a_database_of_its_own(ground: Ground) -> None:
    count = select(func.count()).select_from(outbox.table)
    assert await ground.database.read(lambda db: db.execute(count).scalar_one()) == 0
