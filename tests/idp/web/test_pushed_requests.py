"""RFC 9126: a request pushed by the back channel, opened by the browser, answered once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clients import store
from clients.options import Options
from clients.records import Status
from tests.browser import Browser
from tests.party import claims_of
from tests.proofs import CALLBACK, Prover, ec_key, enrol, registered, request_object


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def fapi(home, client_id="fapi", **options):
    key = ec_key()
    client = registered(home, client_id, key=key, profile="fapi2", options=Options(**options))
    return await enrol(home, client, key)


async def push(app, *, headers=None, **changes):
    """POST /par; gives the answer. The verifier is remembered by the state."""
    return await app.post("/par", headers=headers, **app.request(**changes))


async def go(browser: Browser, app, urn: str, **more: str):
    query = "&".join(f"{k}={v}" for k, v in {"client_id": app.client_id, "request_uri": urn, **more}.items())
    return await browser.get(f"/authorize?{query}")


async def through(browser, app, urn):
    return await app.come_back(browser, await go(browser, app, urn), scope=["profile", "email"])


async def test_the_whole_way_with_a_bound_token(house, browser):
    app, prover = await fapi(house), Prover(house)
    pushed = await push(app, state="s", headers={"dpop": prover.proof("POST", "/par")})
    assert pushed.status == 201
    assert pushed.headers["cache-control"] == "no-store"
    assert 60 <= pushed["expires_in"] <= 600
    back = await through(browser, app, pushed["request_uri"])
    assert set(back) == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("s", house.issuer)
    answer = await app.post(
        "/token",
        headers={"dpop": prover.proof("POST", "/token")},
        grant_type="authorization_code",
        code=back["code"],
        redirect_uri=CALLBACK,
        code_verifier=app.verifiers["s"],
    )
    assert (answer.status, answer["token_type"]) == (200, "DPoP"), answer.body
    assert claims_of(answer["access_token"])["cnf"] == {"jkt": prover.jkt}


async def test_a_code_bound_at_the_push_is_good_with_no_other_key(house, browser):
    app, prover, thief = await fapi(house), Prover(house), Prover(house)
    pushed = await push(app, state="s", dpop_jkt=prover.jkt)
    back = await through(browser, app, pushed["request_uri"])
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK}
    answer = await app.post(
        "/token", headers={"dpop": thief.proof("POST", "/token")}, code_verifier=app.verifiers["s"], **form
    )
    assert answer.refused_with("invalid_grant", "code_invalid")


async def test_a_reload_works_and_an_answered_request_does_not(house, browser):
    app = await fapi(house)
    urn = (await push(app))["request_uri"]
    assert (await go(browser, app, urn)).status == 200
    assert "code" in await through(browser, app, urn)
    again = await go(browser, app, urn)
    assert again.status == 400
    assert not again.location.startswith(CALLBACK)


async def test_of_two_pages_of_one_request_one_is_answered(house, browser):
    app = await fapi(house)
    urn = (await push(app))["request_uri"]
    first, second = await go(browser, app, urn), await go(browser, app, urn)
    assert "code" in await app.come_back(browser, first, scope=["profile", "email"])
    late = await browser.submit(second, {"decision": "allow", "scope": ["profile", "email"]})
    assert late.status == 404


async def test_what_stands_beside_the_request_uri_is_not_read(house, browser):
    app = await fapi(house)
    urn = (await push(app, state="inside"))["request_uri"]
    page = await go(browser, app, urn, state="outside", redirect_uri="https://evil.example/", nonce="n")
    back = await app.come_back(browser, page, scope=["profile"])
    assert back["state"] == "inside"


async def test_a_request_is_its_own_client_s_for_a_time(house, browser):
    app, other = await fapi(house), await fapi(house, "fapi-b")
    urn = (await push(app))["request_uri"]
    assert (await go(browser, other, urn)).status == 400
    house.clock.advance(timedelta(seconds=301))
    assert (await go(browser, app, urn)).status == 400


async def test_a_client_of_the_profile_asks_by_the_back_channel_alone(house, browser):
    app = await fapi(house)
    back = app.answer(await app.ask(browser, state="st"))
    assert (back["error"], back["state"]) == ("invalid_request", "st")
    page = await go(browser, app, "urn:ietf:params:oauth:request_uri:par_unknown")
    assert page.status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"claims": "no"}, "invalid_request"),
        ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
    ],
)
async def test_a_bad_request_is_refused_at_once_and_without_a_redirect(house, changes, error):
    answer = await push(await fapi(house), **changes)
    assert answer.status == 400
    assert answer.refused_with(error)
    assert "location" not in answer.headers


async def test_a_stranger_pushes_nothing(house):
    app = await fapi(house)
    app.known["jwk"] = ec_key().as_dict(private=True)
    assert (await push(app)).refused_with("invalid_client")
    assert (await house.client.put("/par")).status_code == 405


async def test_an_assertion_for_this_profile_names_the_issuer_alone(house):
    app = await fapi(house)
    for audience in ([house.issuer], f"{house.issuer}/par", f"{house.issuer}/token"):
        form = {**app.request(), "client_assertion": app.assertion(aud=audience)}
        assert (await app.post("/par", **form)).refused_with("invalid_client"), audience


async def test_a_standard_client_may_push_too(house, browser):
    key = ec_key()
    app = await enrol(house, registered(house, "std", key=key), key)
    back = await through(browser, app, (await push(app))["request_uri"])
    assert "code" in back


async def test_signed_requests_are_pushed_by_who_registered_so(house, browser):
    app = await fapi(house, require_signed_request_object=True)
    assert (await push(app)).refused_with("invalid_request")
    asked = app.request(state="signed")
    pushed = await app.post("/par", request=request_object(app, asked), client_id=app.client_id)
    assert pushed.status == 201, pushed.body
    assert (await through(browser, app, pushed["request_uri"]))["state"] == "signed"


async def test_a_suspended_client_s_request_is_not_answered(house, browser):
    app = await fapi(house)
    urn = (await push(app))["request_uri"]
    found = await house.database.read(lambda db: store.find(db, app.client_id))
    suspended = replace(found, status=Status.SUSPENDED)
    await house.database.work(lambda db: store.replace(db, suspended, house.clock.now()))
    house.house.clients.forget(app.client_id)
    assert (await go(browser, app, urn)).status == 403
