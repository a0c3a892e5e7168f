"""A person opens an app from their portal (SMART App Launch 2.2 §2.0.6): it finds them without asking who they are."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from httpx2 import QueryParams

from clients import store
from clients.options import Options
from kit.csrf import FIELD
from tests.browser import Browser, Form
from tests.house import Home
from tests.party import Party, Reply, claims_of, party

SCOPE = "launch openid fhirUser patient/Observation.rs"
AGREED = {"consent": ["measures:read"], "duration": "P3M"}
BASE = "http://localhost:8000/dossier/fhir"


@pytest.fixture
async def browser(house: Home) -> Browser:
    return await house.sign_in()


async def linked(app: Party, browser: Browser) -> None:
    """The person uses the app already: it was started by itself then."""
    got = await app.obtain(browser, scope=SCOPE.replace("launch ", ""), choices=AGREED)
    assert got.status == 200, got.body


async def opened(browser: Browser) -> dict[str, str]:
    """«Ouvrir», on the list of apps; gives what the app was started with."""
    page = await browser.get("/espace/applications")
    there = await browser.submit(page, form=page.form(action="/ouvrir"), follow=False)
    assert there.status == 303
    assert there.location.startswith("http://localhost:8000/sandbox/callback?")
    return {name: values[0] for name, values in parse_qs(urlsplit(there.location).query).items()}


async def ask(app: Party, browser: Browser, launch: str | None, **changes: str) -> dict[str, str]:
    """The app asks; whatever comes back without a page."""
    return app.answer(await app.ask(browser, scope=SCOPE, launch=launch, aud=BASE, **changes))


async def bring(app: Party, back: dict[str, str]) -> Reply:
    return await app.exchange(back["code"], verifier=app.verifiers[back["state"]])


async def test_the_app_is_started_with_who_we_are_and_gets_its_patient_without_a_question(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    started = await opened(browser)
    assert started["iss"] == BASE
    assert len(started["launch"]) > 40
    assert started.keys() == {"iss", "launch"}
    got = await bring(app, await ask(app, browser, started["launch"]))
    assert got.status == 200
    subject = claims_of(got["id_token"])["sub"]
    assert (got["patient"], got["need_patient_banner"]) == (subject, False)
    assert "launch" in got["scope"].split()
    assert claims_of(got["id_token"])["fhirUser"] == f"{BASE}/Patient/{subject}"
    assert (await app.measures(got["access_token"])).status == 200


async def test_a_launch_is_good_once(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    assert "code" in await ask(app, browser, launch)
    assert (await ask(app, browser, launch))["error"] == "invalid_request"


async def test_a_launch_is_for_five_minutes(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    house.clock.advance(timedelta(minutes=5))
    assert (await ask(app, browser, launch))["error"] == "invalid_request"


async def test_a_page_opened_in_time_may_be_answered_later(house, browser):
    """What the person sees is not gone while they read it."""
    app = party(house, "smart-server")
    await linked(app, browser)
    page = await app.ask(browser, scope=SCOPE, launch=(await opened(browser))["launch"], prompt="consent")
    house.clock.advance(timedelta(minutes=6))
    assert "code" in app.answer(await browser.submit(page, {"decision": "allow", **AGREED}))


async def test_a_launch_is_for_the_app_that_was_opened(house, browser):
    app, other = party(house, "smart-server"), party(house, "smart-app")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    assert (await ask(other, browser, launch))["error"] == "invalid_request"
    assert "code" in await ask(app, browser, launch), "the other's try spent nothing"


async def test_a_launch_is_for_the_person_who_opened(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    another = await house.sign_in("jeanne")
    assert (await ask(app, another, launch))["error"] == "invalid_request"


async def test_a_launch_is_for_the_session_it_came_from(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    house.clock.advance(timedelta(minutes=1))  # or the two codes are of one instant
    elsewhere = await house.sign_in()
    house.clock.advance(timedelta(seconds=1))
    launch = (await opened(browser))["launch"]
    assert (await ask(app, elsewhere, launch))["error"] == "invalid_request"


async def test_who_must_prove_themselves_again_goes_on_with_the_launch(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    house.clock.advance(timedelta(seconds=30))
    page = await app.ask(browser, scope=SCOPE, launch=launch, prompt="login")
    assert "code" in app.answer(await house.through(browser, page, house.person("gabrielle")))


@pytest.mark.parametrize("changes", [{}, {"prompt": "none"}])
async def test_a_made_up_launch_is_refused_before_anybody_is_asked_anything(house, changes):
    app, nobody = party(house, "smart-app"), house.browser()
    assert (await ask(app, nobody, "lnc_made_up", **changes))["error"] == "invalid_request"


@pytest.mark.parametrize("launch", ["x", "x" * 300])
@pytest.mark.parametrize("scope", [SCOPE, "openid", "launch/patient"])
async def test_a_value_that_means_nothing_is_refused_whatever_is_asked(house, browser, launch, scope):
    app = party(house, "smart-app")
    assert app.answer(await app.ask(browser, scope=scope, launch=launch))["error"] == "invalid_request"


async def test_an_app_that_was_not_opened_is_not_told_that_it_was(house, browser):
    """Apps ask the same scopes however they are started: the word is left out, the rest holds."""
    app = party(house, "smart-server")
    got = await app.obtain(browser, scope=f"launch/patient {SCOPE}", choices=AGREED)
    assert "launch" not in got["scope"].split()
    assert got["patient"]
    back = app.answer(await app.ask(browser, scope="launch", launch=""))
    assert back["error"] == "invalid_scope"


async def test_a_launch_may_be_pushed(house, browser):
    """RFC 9126 with SMART: the same checks, and the launch is still spent by the answer alone."""
    app = party(house, "smart-server")
    await linked(app, browser)
    launch = (await opened(browser))["launch"]
    pushed = await app.post("/par", **app.request(scope=SCOPE, launch=launch))
    assert pushed.status == 201, pushed.body
    short = {"client_id": app.client_id, "request_uri": pushed["request_uri"]}
    back = app.answer(await browser.get(f"/authorize?{QueryParams(short)}"))
    assert (await bring(app, back))["patient"]
    assert (await browser.get(f"/authorize?{QueryParams(short)}")).status == 400


async def test_only_the_portal_opens_apps(house, browser):
    app = party(house, "smart-server")
    got = await app.obtain(browser, scope=SCOPE.replace("launch ", ""), choices=AGREED)
    said = {"grant_id": got["grant_id"]}
    headers = {"authorization": f"Bearer {got['access_token']}"}
    assert (await house.client.post("/launches", json=said, headers=headers)).status_code == 403
    nobody = await house.client.post("/launches", json=said)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")


async def test_an_app_is_opened_by_its_own_person_while_they_agree(house, browser):
    app = party(house, "smart-server")
    await linked(app, browser)
    page = await browser.get("/espace/applications")
    form = page.form(action="/ouvrir")
    another = await house.sign_in("jeanne")
    theirs = await another.get("/espace/applications")
    csrf = next(value for form in theirs.forms for name, value in form.fields if name == FIELD)
    assert (await another.submit(theirs, form=Form(form.action, "post", [(FIELD, csrf)]))).status in {403, 404}
    await browser.submit(page, form=page.form(action="/suspendre"))
    after = await browser.get("/espace/applications")
    assert not any("/ouvrir" in one.action for one in after.forms)
    late = await browser.submit(page, form=form, follow=False)
    assert "/sandbox/callback" not in late.location


async def test_an_app_that_says_nowhere_is_not_opened(house, browser):
    glucolink = party(house, "glucolink")
    got = await glucolink.obtain(browser, scope="openid measures:read", choices=AGREED)
    assert got.status == 200
    page = await browser.get("/espace/applications")
    assert not any("/ouvrir" in one.action for one in page.forms)


async def test_an_app_without_a_launch_of_its_own_is_told_who_asks_and_nothing_more(house, browser):
    """OpenID Connect Core §4: `iss` is ours, and no value stands for anybody."""
    app = party(house, "smart-server")
    await linked(app, browser)
    known = await house.idp.clients.get("smart-server")
    changed = replace(known, options=Options(initiate_login_uri="https://app.example.org/start?from=portal"))
    await house.database.work(lambda db: store.replace(db, changed, house.clock.now()))
    house.clock.advance(timedelta(seconds=10))
    page = await browser.get("/espace/applications")
    assert "https://app.example.org" in page.response.headers["content-security-policy"]
    there = await browser.submit(page, form=page.form(action="/ouvrir"), follow=False)
    assert there.location == f"https://app.example.org/start?from=portal&iss={quote(house.issuer, safe='')}"
