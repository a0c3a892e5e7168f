"""How an app is answered: query, fragment, a form that posts itself, or one signed answer (JARM)."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from clients.options import Options
from tests.proofs import CALLBACK, ec_key, enrol, registered


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


@pytest.fixture
async def app(house):
    key = ec_key()
    return await enrol(house, registered(house, "modes", key=key), key)


def fragment(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.location).fragment).items()}


async def opened(house, token, client_id):
    keys = KeySet.import_key_set((await house.client.get("/jwks")).json())
    claims = jwt.decode(token, keys, algorithms=["ES256", "PS256", "EdDSA", "RS256"]).claims
    now = house.clock.now().timestamp()
    assert (claims["iss"], claims["aud"]) == (house.issuer, client_id)
    assert now < claims["exp"] <= now + 600
    return claims


async def test_in_the_fragment(house, browser, app):
    page = await app.ask(browser, response_mode="fragment", state="s", prompt="none")
    assert urlsplit(page.location).query == ""
    said = fragment(page)
    assert (said["error"], said["state"], said["iss"]) == ("consent_required", "s", house.issuer)


async def test_by_a_form_that_posts_itself(house, browser, app):
    page = await app.ask(browser, response_mode="form_post", state='"><b>', prompt="none")
    assert page.status == 200
    assert "<b>" not in page.html
    [form] = [form for form in page.forms if form.action == CALLBACK]
    said = dict(form.fields)
    assert (said["error"], said["state"], said["iss"]) == ("consent_required", '"><b>', house.issuer)


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "fragment.jwt"])
async def test_signed(house, browser, app, mode):
    page = await app.ask(browser, response_mode=mode, state="s", prompt="none")
    parts = urlsplit(page.location)
    said = parse_qs(parts.fragment if mode == "fragment.jwt" else parts.query)
    assert set(said) == {"response"}
    claims = await opened(house, said["response"][0], app.client_id)
    assert (claims["error"], claims["state"]) == ("consent_required", "s")


async def test_a_signed_code(house, browser):
    key = ec_key()
    client = registered(house, "jarm", key=key, options=Options(authorization_signed_response_alg="PS256"))
    app = await enrol(house, client, key)
    page = await app.ask(browser, response_mode="jwt", state="s")
    page = await browser.submit(page, {"decision": "allow", "scope": ["profile"]})
    token = parse_qs(urlsplit(page.location).query)["response"][0]
    claims = await opened(house, token, app.client_id)
    answer = await app.exchange(claims["code"], verifier=app.verifiers["s"])
    assert answer.status == 200


async def test_a_mode_that_is_unknown_is_refused_by_the_usual_one(house, browser, app):
    assert app.answer(await app.ask(browser, response_mode="smoke"))["error"] == "invalid_request"


async def test_a_second_click_has_the_answer_of_the_first(house, browser, app):
    page = await app.ask(browser, state="s")
    first = await browser.submit(page, {"decision": "allow", "scope": ["profile"]})
    second = await browser.submit(page, {"decision": "allow", "scope": ["profile"]})
    assert first.location == second.location
    assert (await app.exchange(app.answer(second)["code"], verifier=app.verifiers["s"])).status == 200
    house.clock.advance(timedelta(seconds=21))
    assert (await browser.submit(page, {"decision": "allow", "scope": ["profile"]})).status == 404


async def test_two_clicks_at_once_have_one_answer(house, browser, app):
    page = await app.ask(browser, state="s")
    said = {"decision": "allow", "scope": ["profile"]}
    answers = await asyncio.gather(*(browser.submit(page, said) for _ in range(4)))
    assert len({one.location for one in answers}) == 1
    assert (await app.exchange(app.answer(answers[0])["code"], verifier=app.verifiers["s"])).status == 200


async def test_the_answer_is_repeated_to_its_own_session_alone(house, browser, app):
    page = await app.ask(browser, state="s")
    await browser.submit(page, {"decision": "allow", "scope": ["profile"]})
    other = await house.sign_in("jeanne")
    assert (await other.get(page.path)).status == 404
