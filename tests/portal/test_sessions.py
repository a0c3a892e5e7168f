"""Stays and departures, as they are kept."""

from datetime import timedelta

from sqlalchemy import update

from kit.clock import FixedClock
from kit.ground import Ground
from portal import purge, sessions, tables
from portal.patient.api import Api
from portal.patient.readings import Bundle
from portal.scene import Scene
from portal.sessions import Session
from tests.portal.conftest import Browser
from tests.portal.made import bundle
from tests.portal.stand_in import StandIn


async def stay(scene: Scene, browser: Browser) -> Session:
    """The stay of a browser that signed in."""
    await browser.sign_in()
    mark = sessions.digest(browser.http.cookies["portal"])
    seal, now = scene.ground.vault.seal(sessions.SEAL), scene.ground.clock.now()
    found = await scene.ground.database.read(lambda db: sessions.find(db, seal, scene.settings, mark, now))
    assert found is not None
    return found


async def test_a_stay_opens_under_no_other_digest(scene: Scene, browser: Browser, ground: Ground) -> None:
    found = await stay(scene, browser)
    moved = update(tables.sessions).values(digest="x" * 43)
    await ground.database.work(lambda db: db.execute(moved))
    seal, now = ground.vault.seal(sessions.SEAL), ground.clock.now()
    assert found.who.name == "Gabrielle Capanelli"
    assert await ground.database.read(lambda db: sessions.find(db, seal, scene.settings, "x" * 43, now)) is None


async def test_of_two_that_renew_one_writes(scene: Scene, browser: Browser, ground: Ground) -> None:
    found = await stay(scene, browser)
    seal = ground.vault.seal(sessions.SEAL)
    wins = [
        await ground.database.work(lambda db: sessions.renew(db, seal, found, found.tokens)),
        await ground.database.work(lambda db: sessions.renew(db, seal, found, found.tokens)),
    ]
    assert wins == [True, False]


async def test_a_request_whose_tokens_another_one_renewed_goes_on_with_them(
    scene: Scene, browser: Browser, services: StandIn, clock: FixedClock
) -> None:
    services.answers["GET", "/dossier/fhir/Observation"] = bundle()
    found = await stay(scene, browser)
    clock.advance(timedelta(minutes=5))
    for api in (Api(scene, found), Api(scene, found)):
        await api.dossier("Observation", Bundle)
    assert len(services.refreshes) == 1


async def test_what_is_over_is_forgotten_and_what_is_not_stays(
    scene: Scene, browser: Browser, ground: Ground, clock: FixedClock
) -> None:
    await stay(scene, browser)
    browser.http.cookies.clear()
    await browser.get("/espace/connexion")
    clock.advance(timedelta(hours=11, minutes=45))
    await browser.sign_in()
    clock.advance(timedelta(minutes=15))
    assert await ground.database.work(lambda db: purge.purge(db, clock.now(), 100)) == 2
    assert await ground.database.work(lambda db: purge.purge(db, clock.now(), 100)) == 0
    assert "Ouvrir mon espace" in (await browser.get("/")).text


async def test_departures_from_one_address_are_counted(browser: Browser) -> None:
    seen = [(await browser.get("/espace/connexion")).status_code for _ in range(61)]
    assert seen[:60] == [303] * 60
    assert seen[60] == 429
