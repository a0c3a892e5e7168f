"""The main job, from a letter to a stop: Inaya activates, pairs her reader, sees her curve, changes her mind."""

from datetime import timedelta
from typing import Any

import pytest

from consent import journal
from dossier.tables import observations
from sandbox.glucolink import fresh_sample
from sandbox.scene import Scene
from tests.browser import Browser, Page
from tests.house import Home
from tests.races.crowd import Crowd

READER = "/sandbox/glucolink/"
PASSWORD = "Un-Espace-2026!"
INAYA = {
    "email": "inaya.michel@example.org",
    "mobile": "06 39 98 00 02",
    "identifier": "inaya.michel",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
}


@pytest.mark.rule("R032")
@pytest.mark.rule("R105")
@pytest.mark.rule("R106")
@pytest.mark.rule("R159")
async def test_inaya_activates_pairs_sees_changes_and_stops(house: Home) -> None:
    browser = await activate(house)
    kept = await crowd(house).rows(observations)

    # GlucoLink, linked by her through its own pages
    page = await browser.submit(await browser.get(READER), {"way": "two_steps"})
    assert "GlucoLink veut se relier à votre espace" in page.text
    page = await browser.submit(page, {"decision": "allow"})
    boxes = page.form("consent", "duration")
    assert not [value for name, value in boxes.fields if name in {"consent", "duration"}], "nothing is ticked before"
    page = await browser.submit(page, {"decision": "allow", "consent": ["measures:write"], "duration": "P3M"})
    assert (page.path, "Vous êtes relié à Mon espace" in page.text) == (READER, True)

    # a real export, then the curve
    sent = await upload(house, browser)
    assert (sent["state"], sent["added"], sent["refused"]) == ("done", sent["total"], 0)
    assert await crowd(house).rows(observations) == kept + sent["total"]
    page = await browser.get("/espace/mesures/glycemie?duree=30j")
    assert "votre glycémie moyenne est de" in page.text
    assert "GlucoLink" in page.text
    assert "data-curve" in page.html or "<svg" in page.html

    # what was agreed is what may be done, from the very next call on
    app = await page_of_the_app(browser)
    await amend(browser, app, ["measures:read"])
    assert (await upload(house, browser))["trouble"] == "consent_missing"
    await amend(browser, app, ["measures:read", "measures:write"])
    assert (await upload(house, browser))["state"] == "done"
    await press(browser, app, "suspendre")
    assert (await upload(house, browser))["trouble"] == "consent_paused"
    await press(browser, app, "reprendre")
    again = await upload(house, browser)
    assert (again["state"], again["added"], again["known"]) == ("done", 0, again["total"])
    page = await browser.get(f"{app}/arreter")
    page = await browser.submit(page, form=page.form(action="/arreter"))
    assert page.path == f"{app}/arretee"
    assert (await upload(house, browser))["trouble"] == "consent_ended"
    page = await browser.get(READER)
    assert "Relier à Mon espace" in page.text, "its keys are of no use any more: it offers to link anew"

    # what was sent stays and says where it came from; everything is written down, and in words
    assert await crowd(house).rows(observations) == kept + sent["total"]
    page = await browser.get("/espace/mesures/glycemie?duree=30j")
    assert "lien arrêté le" in page.text
    await everything_is_written_down(house, browser)


async def activate(house: Home) -> Browser:
    """From the letter to the home page, in one sitting of nine minutes."""
    inaya, browser = house.person("inaya"), house.browser()
    page = await browser.get("/activation")
    known = {name: inaya[name] for name in ("provisional_code", "nir", "vitale_serial")}
    page = await browser.submit(page, known)
    house.clock.advance(timedelta(minutes=3))
    page = await browser.submit(page, {"decision": "activate", "accept_terms": "yes"})
    house.clock.advance(timedelta(minutes=6))
    page = await browser.submit(page, INAYA)
    page = await browser.submit(page, {"code": await house.code(INAYA["email"])})
    for child in ("Lola", "Mathis", "Louis"):
        assert child in page.text
    assert "Bonjour Inaya" in (await browser.get("/espace/")).text
    return browser


async def upload(house: Home, browser: Browser) -> dict[str, Any]:
    """A fortnight's export, sent as a file from GlucoLink's page; what became of it."""
    scene = house.house.annex.scene
    assert isinstance(scene, Scene)
    name, body = fresh_sample.make(house.clock.now())
    page = await browser.get(READER)
    if not any("file" in form.names for form in page.forms):
        return {"trouble": "not linked", "page": page.text}
    fields = {name: value for name, value in page.form("file").fields if name != "file"}
    answer = await browser.client.post(
        f"{READER}uploads", data=fields, files={"file": (name, body, "text/csv")}, headers={"origin": house.issuer}
    )
    assert answer.status_code == 303, answer.text
    await scene.glucolink.uploads.idle()
    found: dict[str, Any] = (await browser.client.get(f"{answer.headers['location']}.json")).json()
    return found


async def page_of_the_app(browser: Browser) -> str:
    """Found from the list, as a person finds it."""
    page = await browser.get("/espace/applications")
    return next(href for href, words in page.links if words == "GlucoLink")


async def amend(browser: Browser, app: str, consents: list[str]) -> None:
    """«Modifier»: choose, see what changes, confirm."""
    page = await browser.get(f"{app}/modifier")
    page = await browser.submit(page, {"consent": consents, "step": "review"})
    assert "Ce qui change" in page.text, page.text
    page = await browser.submit(page, {"step": "confirm"})
    assert "C’est changé" in page.text, page.text


async def press(browser: Browser, app: str, verb: str) -> Page:
    """One of the buttons of the app's page."""
    page = await browser.get(app)
    page = await browser.submit(page, form=page.form(action=f"/{verb}"))
    assert page.status == 200, page.text
    return page


async def everything_is_written_down(house: Home, browser: Browser) -> None:
    """Each call and each act left its line; the person reads them in sentences; the chain is whole."""
    person_id = house.person("inaya")["person_id"]
    lines = await house.database.read(lambda db: journal.page(db, person_id, limit=200))
    told = [(line.entry.action, line.entry.outcome, line.entry.because) for line in reversed(lines)]
    reader = [
        ("grant.opened", "allowed", ""),
        ("pairing.created", "allowed", ""),
        ("grant.agreed", "allowed", ""),
        *[("create", "allowed", "")],
        ("grant.amended", "allowed", ""),
        ("create", "refused", "consent_missing"),
        ("grant.amended", "allowed", ""),
        *[("create", "allowed", "")],
        ("grant.paused", "allowed", ""),
        ("create", "refused", "consent_paused"),
        ("grant.resumed", "allowed", ""),
        *[("create", "allowed", "")],
        ("grant.ended", "allowed", "withdrawn"),
        ("create", "refused", "consent_ended/withdrawn"),
    ]
    of_the_app = [one for one in told if one[0].startswith(("grant.", "pairing.", "create"))]
    assert [one for at, one in enumerate(of_the_app) if at == 0 or one != of_the_app[at - 1]] == reader
    assert [one[0] for one in told[:3]] == ["space.notified", "space.created", "space.activated"]
    assert ("session.started", "allowed", "") in told
    assert {line.entry.actor_kind for line in lines} >= {"person", "app"}
    assert all(line.entry.at and line.entry.actor_kind and line.entry.action and line.entry.context for line in lines)
    report = await house.database.read(lambda db: journal.verify(db))
    assert report.whole
    page = await browser.get("/espace/historique")
    for words in ("GlucoLink", "Vous avez arrêté", "Vous avez suspendu"):
        assert words in page.text, page.text


def crowd(house: Home) -> Crowd:
    """To count rows."""
    return Crowd([house])
