"""PostgreSQL restarts: connections that it closed are replaced, and no request pays for it."""

import asyncio
from datetime import timedelta

import httpx2

from tests.house import Home
from tests.party import party
from tests.races.crowd import AGREED, MEASURES

CUT = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def test_after_the_database_closed_every_connection_no_request_fails(house: Home) -> None:
    app, browser = party(house), await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)

    async def everything() -> list[int]:
        answers = await asyncio.gather(
            *(app.userinfo(tokens["access_token"]) for _ in range(8)),
            *(app.measures(tokens["access_token"]) for _ in range(8)),
            *(app.introspect(tokens["access_token"]) for _ in range(8)),
        )
        return [one.status for one in answers]

    assert set(await everything()) == {200}
    await _cut(house)
    assert set(await everything()) == {200}
    await _cut(house)
    fresh = await app.refresh(tokens["refresh_token"])
    assert fresh.status == 200
    await _cut(house)
    assert (await house.client.get("/readyz")).status_code == 200
    house.clock.advance(timedelta(seconds=10))  # keys and apps are read again
    await _cut(house)
    answer: httpx2.Response = await house.client.get("/espace/mesures")
    assert answer.status_code in {200, 303}


async def _cut(house: Home) -> None:
    """As a restart of PostgreSQL does: every connection of the pool. SQLite has none that could be cut."""
    if house.database.dialect != "postgresql":
        return
    async with house.database.engine.connect() as connection:
        await connection.exec_driver_sql(CUT)
        await connection.invalidate()
    await asyncio.sleep(0.05)  # the process hears of it
