"""The portal in the real house: the person decides there, and the app feels it at its very next call."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party, code_of, party
from tests.portal.made import observation

APPS = "/espace/applications"
IDENTITY = "openid offline_access"


async def paired(home: Home, browser: Browser, consents: list[str]) -> tuple[Party, str]:
    """GlucoLink linked for three months; gives the app and its access token."""
    app = party(home, "glucolink")
    asked = f"{IDENTITY} measures:read measures:write"
    got = await app.obtain(browser, scope=asked, choices={"consent": consents, "duration": "P3M"})
    assert got.status == 200, got.body
    return app, str(got["access_token"])


async def send(home: Home, token: str, value: float) -> httpx2.Response:
    """The app adds a glucose value, measured one minute ago."""
    body = observation(value, home.clock.now() - timedelta(minutes=1))
    del body["id"], body["performer"]
    body["valueQuantity"] |= {"unit": "mg/dL", "system": "http://unitsofmeasure.org"}
    body["code"] = {"coding": [{"system": "http://loinc.org", "code": "99504-3"}]}
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
    return await home.client.post("/dossier/fhir/Observation", json=body, headers=headers)


async def page_of(browser: Browser, name: str = "GlucoLink") -> Page:
    """The page of the app, found from the list as a person finds it."""
    listed = await browser.get(APPS)
    return await browser.get(next(href for href, words in listed.links if words == name))


def refused(answer: httpx2.Response) -> str:
    assert answer.status_code == 403
    body: Any = answer.json()
    return str(body["issue"][0]["details"]["coding"][0]["code"])


async def test_a_person_finds_their_measures_where_they_came_from_and_who_did_what(house: Home) -> None:
    browser = await house.sign_in("gabrielle", to="/espace/mesures/glycemie?duree=30j")
    measures = await browser.get("/espace/mesures/glycemie?duree=30j")
    assert measures.status == 200
    assert "votre glycémie moyenne est de" in measures.text
    assert "lien arrêté le" in measures.text
    assert len(measures.html.encode()) < 100_000
    home = await browser.get("/espace/")
    assert "Bonjour Gabrielle" in home.text
    history = await browser.get("/espace/historique")
    assert "Connexion à votre espace." in history.text
    assert "Vous avez consulté votre dossier." in history.text


@pytest.mark.rule("R156", "R162", "R105")
async def test_changing_pausing_and_stopping_bite_on_the_next_call(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    app, token = await paired(house, browser, ["measures:read", "measures:write"])
    assert (await send(house, token, 111)).status_code == 201
    assert (await app.measures(token)).status == 200

    page = await page_of(browser)
    assert "Lit vos mesures" in page.text
    assert "Ajoute des mesures" in page.text
    form = await browser.get(f"{page.path}/modifier")
    review = await browser.submit(form, {"consent": ["measures:write"], "step": "review"})
    assert "GlucoLink ne pourra plus lire vos mesures." in review.text
    assert (await app.measures(token)).status == 200
    page = await browser.submit(review, {"step": "confirm"})
    assert "C’est changé" in page.text
    assert code_of(await app.measures(token)) == "consent_missing"
    assert (await send(house, token, 112)).status_code == 201

    page = await browser.submit(page, {}, form=page.form(action="/suspendre"))
    assert "Suspendue" in page.text
    assert refused(await send(house, token, 113)) == "consent_paused"
    page = await browser.submit(page, {}, form=page.form(action="/reprendre"))
    assert (await send(house, token, 114)).status_code == 201

    stop = await browser.get(f"{page.path}/arreter")
    assert "n’ajoutera plus de mesures" in stop.text
    done = await browser.submit(stop, {}, form=stop.form(action="/arreter"))
    assert "GlucoLink est arrêtée" in done.text
    assert refused(await send(house, token, 115)) == "consent_ended"

    assert "Vous l’avez arrêtée" in (await browser.get(APPS)).text
    kept = await browser.get("/espace/mesures/glycemie?duree=24h")
    assert "GlucoLink : 3 valeurs, lien arrêté le" in kept.text
    history = (await browser.get("/espace/historique?genre=refused")).text
    assert "GlucoLink a voulu ajouter des mesures" in history
    assert "Vous avez arrêté le lien avec GlucoLink." in (await browser.get("/espace/historique?genre=agreement")).text


async def test_the_list_says_how_much_an_app_called(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    _, token = await paired(house, browser, ["measures:write"])
    for value in (101, 102, 103):
        assert (await send(house, token, value)).status_code == 201
    house.clock.advance(timedelta(minutes=5))
    listed = await browser.get(APPS)
    assert "Dernier accès Il y a 5 minutes" in listed.text
    assert "Accès en 30 jours 3" in listed.text


async def test_a_session_stopped_at_the_provider_is_over_here_too(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    house.clock.advance(timedelta(minutes=1))  # a new code is not sent sooner
    other = await house.sign_in("gabrielle", house.browser())
    sessions = await other.get("/account/sessions")
    await other.submit(sessions, {"stop": "others"})
    seen = await browser.get("/espace/historique")
    assert (seen.status, "Votre connexion est terminée" in seen.text) == (401, True)


async def test_signing_out_leads_through_the_provider_to_goodbye(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    home = await browser.get("/espace/")
    bye = await browser.submit(home, {}, form=home.form(action="/espace/deconnexion"))
    assert bye.path == "/espace/au-revoir"
    assert "Vous êtes déconnecté" in bye.text
    again = await browser.get("/espace/")
    assert again.path == "/signin"


async def test_a_long_stay_goes_on_without_being_noticed(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    for _ in range(6):
        house.clock.advance(timedelta(minutes=20))
        assert (await browser.get("/espace/mesures")).status == 200
