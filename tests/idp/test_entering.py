"""Who enters an app with their space finds it in their journal: once a sign-in, whatever the app then reads."""

from datetime import timedelta

import pytest

from consent import journal, journal_words
from idp import entering
from kit import ids
from service import worker
from tests.party import party


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def lines(house):
    person = house.person("gabrielle")["person_id"]
    found = await house.database.read(lambda db: journal.page(db, person, kind="account", limit=20))
    return [one.entry for one in found if one.entry.action.startswith("app.")]


async def sweep(house, limit=100):
    now = house.clock.now()
    return await house.database.work(lambda db: entering.write(db, house.idp, now, limit))


async def test_a_sign_in_is_written_once_with_its_own_time(house, browser):
    app = party(house)
    at = house.clock.now()
    held = await app.obtain(browser, scope="openid profile", choices={"scope": ["profile"]})
    for _ in range(3):
        await app.userinfo(held["access_token"])
    await sweep(house)
    assert await lines(house) == [], "its code might still be on its way"
    house.clock.advance(timedelta(minutes=30))
    assert await sweep(house) > 0
    assert await sweep(house) == 0
    (line,) = await lines(house)
    assert (line.at, line.client_id, line.grant_id) == (at, "bench", held["grant_id"])
    assert journal_words.sentence(line) == (
        "Connexion à Banc d’essai avec votre espace. L’application a pu lire ce que vous acceptez de dire de vous."
    )


async def test_nothing_is_said_to_be_read_that_was_not_agreed(house, browser):
    await party(house).obtain(browser, scope="openid")
    house.clock.advance(timedelta(minutes=30))
    await sweep(house)
    assert [journal_words.sentence(one) for one in await lines(house)] == [
        "Connexion à Banc d’essai avec votre espace."
    ]


async def test_those_who_entered_later_are_written_later_a_few_at_a_time(house, browser):
    for _ in range(3):
        await party(house).obtain(browser, scope="openid")
    house.clock.advance(timedelta(minutes=30))
    await party(house).obtain(await house.sign_in("gabrielle"), scope="openid")
    while await sweep(house, limit=1):
        pass
    assert len(await lines(house)) == 3
    house.clock.advance(timedelta(minutes=30))
    gone = await worker.purge(house.house)
    assert gone["sign-ins told"] == 2, "the portal's and the app's"
    assert len(await lines(house)) == 4


async def test_the_person_s_own_portal_is_no_app(house, browser):
    house.clock.advance(timedelta(minutes=30))
    assert await sweep(house) > 0
    assert await lines(house) == []


def test_an_identifier_of_an_instant_comes_after_the_earliest_of_it(clock):
    now = clock.now()
    assert ids.earliest("fam", now) <= ids.new("fam", now) < ids.earliest("fam", now + timedelta(milliseconds=1))
