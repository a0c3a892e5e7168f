"""R156–R162: code, tokens, pairing, consents page, business API; and the standard one-step way. Then the stop."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from consent import scopes
from tests.party import claims_of, code_of, party, reply

VITAL = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
READ, WRITE = f"patient/Observation.rs?{VITAL}", f"patient/Observation.c?{VITAL}"


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


@pytest.fixture
def app(house):
    return party(house, "glucolink")


async def pair(house, app, token, **body):
    given = {"redirect_uri": app.known["redirect_uris"][-1], "state": "back", **body}
    headers = {"authorization": f"Bearer {token}"}
    return reply(await house.client.post("/pairings", json=given, headers=headers))


async def paired(house, app, browser, *consents, duration="P3M"):
    """Tokens, pairing, consents: gives the token answer."""
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    pairing = await pair(house, app, tokens["access_token"])
    page = await browser.get(pairing["consents_uri"])
    await browser.submit(page, {"decision": "allow", "consent": list(consents), "duration": duration})
    return tokens


@pytest.mark.rule("R158")
@pytest.mark.rule("R159")
@pytest.mark.rule("R160")
async def test_the_sequence_of_the_source_documents(house, app, browser):
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    assert tokens.status == 200
    before = await app.measures(tokens["access_token"])
    assert (before.status, code_of(before)) == (403, "pairing_required")

    pairing = await pair(house, app, tokens["access_token"])
    assert pairing.status == 201
    assert pairing["status"] == "pending"
    assert pairing["grant_id"] == tokens["grant_id"]
    still = await app.measures(tokens["access_token"])
    assert (still.status, code_of(still)) == (403, "pairing_required")

    page = await browser.get(pairing["consents_uri"])
    form = page.form("consent", "duration", "decision")
    assert {"measures:read", "measures:write"} <= set(form.choices["consent"])
    assert form.choices["duration"] == ["P1D", "P3M", "P12M"]
    assert not {"consent", "duration"} & {name for name, _ in form.fields}, "nothing is ticked in advance"
    page = await browser.submit(page, {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"})
    back = parse_qs(urlsplit(page.location).query)
    assert page.location.startswith(app.known["redirect_uris"][-1])
    assert back["state"] == ["back"]
    assert back["status"] == ["active"]
    assert (await app.measures(tokens["access_token"])).status == 200


@pytest.mark.rule("R159")
async def test_a_pairing_without_tokens_is_refused(house, app):
    assert (await pair(house, app, "nonsense")).status == 401
    assert (await house.client.post("/pairings", json={})).status_code == 401


@pytest.mark.rule("R162")
async def test_reading_and_adding_are_agreed_apart(house, app, browser):
    tokens = await paired(house, app, browser, "measures:write")
    refused = await app.measures(tokens["access_token"])
    assert (refused.status, code_of(refused)) == (403, "consent_missing")


@pytest.mark.rule("R156")
async def test_refusing_the_consents_gives_nothing(house, app, browser):
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    pairing = await pair(house, app, tokens["access_token"])
    page = await browser.get(pairing["consents_uri"])
    page = await browser.submit(page, {"decision": "refuse"})
    assert parse_qs(urlsplit(page.location).query)["status"] == ["ended"]
    refused = await app.measures(tokens["access_token"])
    assert refused.status in {401, 403}
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "consent_ended")


@pytest.mark.rule("R156")
@pytest.mark.parametrize(
    "choices",
    [
        {"consent": None, "duration": "P3M"},
        {"consent": ["measures:read"], "duration": None},
        {"consent": ["measures:read"], "duration": "P10Y"},
        {"consent": ["everything"], "duration": "P3M"},
    ],
)
async def test_a_yes_without_a_choice_is_asked_again_and_changes_nothing(house, app, browser, choices):
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    pairing = await pair(house, app, tokens["access_token"])
    page = await browser.get(pairing["consents_uri"])
    form = page.form("consent", "duration", "decision")
    page = await browser.submit(page, {"decision": "allow", **choices}, form=form)
    assert page.status == 422
    assert code_of(await app.measures(tokens["access_token"])) == "pairing_required"


async def test_somebody_else_cannot_answer_for_the_person(house, app, browser):
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    pairing = await pair(house, app, tokens["access_token"])
    stranger = house.browser()
    assert (await stranger.get(pairing["consents_uri"])).path == "/signin"


@pytest.mark.rule("R160")
async def test_the_way_back_is_a_registered_address(house, app, browser):
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    answer = await pair(house, app, tokens["access_token"], redirect_uri="https://evil.example/")
    assert answer.status == 400


@pytest.mark.rule("R156")
async def test_the_standard_way_asks_the_same_on_one_page(house, app, browser):
    page = await app.ask(browser, scope=f"openid offline_access {READ} {WRITE}")
    form = page.form("consent", "duration", "decision")
    assert set(form.choices["consent"]) == {"measures:read", "measures:write"}
    back = await app.come_back(browser, page, consent=["measures:write"], duration="P1D")
    tokens = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert WRITE in tokens["scope"].split()
    assert READ not in tokens["scope"].split()
    assert tokens["grant_expires_at"] == (house.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert tokens["patient"] == claims_of(tokens["access_token"])["sub"]
    assert code_of(await app.measures(tokens["access_token"])) == "consent_missing"


def allows(tokens, letter):
    """The scope of a token answer covers this letter on measures."""
    return scopes.covers(frozenset(tokens["scope"].split()), "Observation", letter, VITAL)


async def act(house, key, verb, app_id="glucolink", **body):
    """The person changes a link through the portal's own API, with a token of the portal."""
    from consent import decisions, grants_store
    from consent.actors import holder

    def unit(db):
        person = _person(db, house, key)
        grant = grants_store.between(db, person, app_id)
        extra = (frozenset(body["consents"]), None) if body else ()
        return getattr(decisions, verb)(db, house.house.consent, grant, *extra, holder(person), house.clock.now())

    return await house.database.work(unit)


def _person(db, house, key):
    from idp.accounts import store

    return store.by_identifier(db, house.person(key)["identifier"]).person_id


@pytest.mark.parametrize(
    ("verb", "call", "again"),
    [("pause", "consent_paused", "consent_paused"), ("end", "consent_ended", "consent_ended")],
)
async def test_a_stop_bites_on_the_next_call_and_the_next_refresh(house, app, browser, verb, call, again):
    tokens = await paired(house, app, browser, "measures:read")
    assert (await app.measures(tokens["access_token"])).status == 200
    await act(house, "gabrielle", verb)
    refused = await app.measures(tokens["access_token"])
    assert code_of(refused) == call, refused.body
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", again)
    assert (await app.introspect(tokens["access_token"])).body == {"active": False}


async def test_a_pause_ends_with_the_same_tokens(house, app, browser):
    tokens = await paired(house, app, browser, "measures:read")
    await act(house, "gabrielle", "pause")
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "consent_paused")
    await act(house, "gabrielle", "resume")
    assert (await app.measures(tokens["access_token"])).status == 200
    assert (await app.refresh(tokens["refresh_token"])).status == 200


async def test_narrowing_shows_in_the_next_refresh(house, app, browser):
    tokens = await paired(house, app, browser, "measures:read", "measures:write")
    wide = await app.refresh(tokens["refresh_token"])
    assert allows(wide, "r")
    assert allows(wide, "c")
    await act(house, "gabrielle", "amend", consents=["measures:write"])
    assert code_of(await app.measures(wide["access_token"])) == "consent_missing"
    narrow = await app.refresh(wide["refresh_token"])
    assert not allows(narrow, "r")
    assert allows(narrow, "c")
    assert code_of(await app.measures(narrow["access_token"])) == "consent_missing"


async def test_an_agreement_ends_with_its_period(house, app, browser):
    tokens = await paired(house, app, browser, "measures:read", duration="P1D")
    house.clock.advance(timedelta(days=1))
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "consent_expired")


async def test_after_a_stop_the_app_may_be_paired_anew(house, app, browser):
    first = await paired(house, app, browser, "measures:read")
    await act(house, "gabrielle", "end")
    second = await paired(house, app, browser, "measures:read")
    assert second["grant_id"] != first["grant_id"]
    assert (await app.measures(second["access_token"])).status == 200
    assert code_of(await app.measures(first["access_token"])) == "consent_ended"
