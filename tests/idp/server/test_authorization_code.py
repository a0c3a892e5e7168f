"""RFC 6749 §4.1 with RFC 7636: the code flow, and all that is refused."""

from datetime import timedelta

import pytest

from tests.party import claims_of, party


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def test_the_code_flow_gives_tokens_that_say_who_and_how(house, browser):
    app = party(house)
    page = await app.ask(browser, nonce="n-1", state="s t+a&e")
    back = await app.come_back(browser, page, scope=["profile", "email"])
    assert back["state"] == "s t+a&e"
    assert back["iss"] == house.issuer
    reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["pragma"] == "no-cache"
    assert reply["token_type"] == "Bearer"
    assert reply["expires_in"] == 300
    access, identity = claims_of(reply["access_token"]), claims_of(reply["id_token"])
    assert access["iss"] == identity["iss"] == house.issuer
    assert access["sub"] == identity["sub"]
    assert access["client_id"] == identity["aud"] == "bench"
    assert identity["nonce"] == "n-1"
    assert identity["acr"] == "eidas2"
    assert set(identity["amr"]) >= {"pwd", "otp"}
    assert identity["auth_time"] <= int(house.clock.now().timestamp())
    info = await app.userinfo(reply["access_token"])
    assert info["sub"] == identity["sub"]
    assert info["email"] == house.person("gabrielle")["email"]
    assert info["family_name"] == "Capanelli"


async def test_the_second_time_nothing_is_asked(house, browser):
    app = party(house)
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    page = await app.ask(browser, prompt="none")
    assert "code" in app.answer(page)


async def test_what_the_person_left_out_is_not_given(house, browser):
    app = party(house)
    reply = await app.obtain(browser, choices={"scope": ["profile"]})
    assert set(reply["scope"].split()) == {"openid", "profile", "offline_access"}
    info = await app.userinfo(reply["access_token"])
    assert "email" not in info.body


async def test_the_person_may_refuse(house, browser):
    app = party(house)
    page = await browser.submit(await app.ask(browser, state="s1"), {"decision": "refuse"})
    back = app.answer(page)
    assert back["error"] == "access_denied"
    assert back["state"] == "s1"
    assert back["iss"] == house.issuer


async def test_a_code_is_good_once_and_its_replay_ends_what_it_gave(house, browser):
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser))
    verifier = app.verifiers[back["state"]]
    first = await app.exchange(back["code"], verifier=verifier)
    assert (await app.exchange(back["code"], verifier=verifier)).refused_with("invalid_grant", "code_invalid")
    assert (await app.refresh(first["refresh_token"])).refused_with("invalid_grant", "token_invalid")
    assert (await app.userinfo(first["access_token"])).status == 401
    assert (await app.introspect(first["access_token"])).body == {"active": False}


async def test_a_code_is_good_for_sixty_seconds(house, browser):
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser))
    house.clock.advance(timedelta(seconds=61))
    reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert reply.refused_with("invalid_grant", "code_invalid")


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"verifier": None}, "invalid_grant", "code_invalid"),
        ({"verifier": "x" * 43}, "invalid_grant", "code_invalid"),
        ({"redirect_uri": "http://127.0.0.1/other"}, "invalid_grant", None),
        ({"redirect_uri": None}, "invalid_grant", None),
        ({"code": "ac_unknown"}, "invalid_grant", "code_invalid"),
        ({"code": None}, "invalid_request", None),
        ({"code": ""}, "invalid_grant", "code_invalid"),
    ],
)
async def test_a_code_without_what_belongs_to_it_is_refused(house, browser, changes, error, reason):
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser))
    given = {"verifier": app.verifiers[back["state"]], **changes}
    code = given.pop("code", back["code"])
    reply = await app.token(
        grant_type="authorization_code",
        code=code,
        code_verifier=given["verifier"],
        redirect_uri=given.get("redirect_uri", app.redirect_uri),
    )
    assert reply.refused_with(error, reason), reply.body


async def test_another_app_cannot_use_the_code_nor_spoil_it(house, browser):
    app, other = party(house), party(house, "mobile")
    back = await app.come_back(browser, await app.ask(browser))
    verifier = app.verifiers[back["state"]]
    stolen = await other.exchange(back["code"], verifier=verifier, redirect_uri=app.redirect_uri)
    assert stolen.refused_with("invalid_grant", "code_invalid")
    assert (await app.exchange(back["code"], verifier=verifier)).status == 200


async def test_a_public_app_listens_on_any_loopback_port(house, browser):
    app = party(house, "mobile")
    uri = "http://127.0.0.1:53219/callback"
    page = await app.ask(browser, redirect_uri=uri, scope="openid")
    page = await browser.submit(page, {"decision": "allow"})
    assert page.location.startswith(uri + "?code=")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://127.0.0.1/cb/evil"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1/cb#f"},
    ],
)
async def test_a_bad_address_is_told_to_the_person_and_never_followed(house, browser, changes):
    page = await party(house).ask(browser, **changes)
    assert page.status in {400, 403}
    assert not page.response.headers.get("location")
    assert page.forms == [] or "decision" not in page.forms[0].choices
    assert page.html


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"prompt": "none"}, "consent_required"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request_object"),
    ],
)
async def test_a_faulty_request_is_told_to_the_app(house, browser, changes, error):
    app = party(house)
    back = app.answer(await app.ask(browser, state="st", **changes))
    assert back["error"] == error
    assert back["state"] == "st"
    assert back["iss"] == house.issuer
    assert "code" not in back


async def test_silence_without_a_session_is_told_to_the_app(house):
    app = party(house)
    assert app.answer(await app.ask(house.browser(), prompt="none"))["error"] == "login_required"


async def test_prompt_login_asks_for_a_new_proof(house, browser):
    app = party(house)
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    house.clock.advance(timedelta(minutes=5))
    page = await app.ask(browser, prompt="login")
    assert page.path == "/signin"
    page = await house.through(browser, page, house.person("gabrielle"))
    back = app.answer(page)
    reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert claims_of(reply["id_token"])["auth_time"] == int(house.clock.now().timestamp())


async def test_max_age_asks_for_a_new_proof_when_the_last_is_older(house, browser):
    app = party(house)
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    house.clock.advance(timedelta(minutes=5))
    assert "code" in app.answer(await app.ask(browser, max_age="600"))
    assert (await app.ask(browser, max_age="60")).path == "/signin"
    assert app.answer(await app.ask(browser, max_age="60", prompt="none"))["error"] == "login_required"


async def test_a_hint_of_another_person_asks_to_sign_in(house, browser):
    app = party(house)
    mine = await app.obtain(browser, choices={"scope": ["profile", "email"]})
    assert "code" in app.answer(await app.ask(browser, id_token_hint=mine["id_token"], prompt="none"))
    faked = mine["id_token"][:-6] + "AAAAAA"
    assert app.answer(await app.ask(browser, id_token_hint=faked))["error"] == "invalid_request"


async def test_two_apps_do_not_know_a_person_by_the_same_name(house, browser):
    one = await party(house).obtain(browser, choices={"scope": ["profile", "email"]})
    page = await (app := party(house, "mobile")).ask(browser, scope="openid")
    back = await app.come_back(browser, page)
    two = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert claims_of(one["access_token"])["sub"] != claims_of(two["access_token"])["sub"]


async def test_signing_out_ends_a_code_that_waits(house, browser):
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser))
    page = await browser.get("/logout")
    await browser.submit(page, form=page.form(action="/logout/confirm"))
    reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert reply.refused_with("invalid_grant", "session_ended")


async def test_a_program_of_the_machine_is_confirmed_each_time(house, browser):
    """RFC 8252 §8.6: on a loopback address any local program may say that it is this app."""
    app = party(house, "mobile")
    uri = "http://127.0.0.1:5000/callback"
    for _ in range(2):
        page = await app.ask(browser, redirect_uri=uri, scope="openid")
        assert page.form("decision")
        page = await browser.submit(page, {"decision": "allow"})
        assert page.location.startswith(uri + "?code=")
    silent = await app.ask(browser, redirect_uri=uri, scope="openid", prompt="none")
    assert "error=consent_required" in silent.location


async def test_what_was_decided_is_not_asked_again_when_an_app_is_confirmed(house, browser):
    app = party(house, "mobile")
    uri = "http://127.0.0.1:5000/callback"
    scope = next(s for s in app.known["scope"].split() if s.startswith("patient/Observation"))
    page = await app.ask(browser, redirect_uri=uri, scope=f"openid {scope}")
    offered = page.form("consent").choices["consent"]
    await browser.submit(page, {"decision": "allow", "consent": offered, "duration": "P3M"})
    page = await app.ask(browser, redirect_uri=uri, scope=f"openid {scope}")
    assert "consent" not in page.form("decision").choices
    page = await browser.submit(page, {"decision": "allow"})
    assert page.location.startswith(uri + "?code=")
    page = await app.ask(browser, redirect_uri=uri, scope=f"openid {scope}", prompt="consent")
    assert page.form("consent").choices["consent"] == offered


async def test_what_was_left_out_is_not_asked_each_time(house, browser):
    app = party(house)
    await app.obtain(browser, choices={"scope": ["profile"]})
    back = app.answer(await app.ask(browser, prompt="none"))
    reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert "email" not in reply["scope"].split()
    again = await app.ask(browser, prompt="consent")
    await app.come_back(browser, again, scope=["profile", "email"])
    reply = await app.obtain(browser)
    assert "email" in reply["scope"].split()


async def test_what_was_agreed_and_is_left_out_later_is_gone_everywhere(house, browser):
    """The person un-ticks what they had allowed: no later token, refresh or claim by name tells it."""
    app = party(house)
    before = await app.obtain(browser, choices={"scope": ["profile", "email"]})
    assert "email" in (await app.userinfo(before["access_token"])).body
    page = await app.ask(browser, prompt="consent")
    back = await app.come_back(browser, page, scope=["profile"])
    after = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    silent = await app.obtain(browser, prompt="none", claims='{"userinfo": {"email": null}}', scope="openid")
    again = await app.refresh(before["refresh_token"])
    for answer in (after, silent, again):
        assert "email" not in answer["scope"].split()
    for token in (before, after, silent, again):
        assert "email" not in (await app.userinfo(token["access_token"])).body
    assert "profile" in again["scope"].split()
