"""RFC 8628: a device without keyboard, a person at their browser, and everything that may go wrong between them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from clients import store as clients
from clients.records import Status
from consent import decisions, grants_store, journal, space_moves
from consent.actors import holder
from idp.accounts.tables import accounts
from idp.device import codes
from tests.house import Home
from tests.party import Party, Reply, claims_of, party

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile offline_access"


async def begin(tv: Party, **more: str) -> Reply:
    return await tv.post("/device_authorization", **{"scope": SCOPE, **more})


async def poll(tv: Party, device_code: str, **more: str) -> Reply:
    return await tv.token(grant_type=GRANT, device_code=device_code, **more)


async def opened(house: Home, asked: Reply, browser=None):
    """The page of the decision, in a browser that is signed in."""
    browser = browser or await house.sign_in("gabrielle")
    page = await browser.get(asked["verification_uri_complete"])
    return browser, await browser.submit(page, {"user_code": asked["user_code"]})


async def answered(house: Home, asked: Reply, decision: str = "allow", **choices):
    browser, page = await opened(house, asked)
    return await browser.submit(page, {"decision": decision, **choices})


def wait(house: Home, seconds: int = 6) -> None:
    house.clock.advance(timedelta(seconds=seconds))


async def test_a_television_is_linked(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    assert asked.status == 200
    assert asked.headers["cache-control"] == "no-store"
    assert asked["verification_uri"] == f"{house.issuer}/device"
    assert asked["verification_uri_complete"] == f"{house.issuer}/device?user_code={asked['user_code']}"
    assert (asked["expires_in"], asked["interval"]) == (600, 5)
    assert (await poll(tv, asked["device_code"])).refused_with("authorization_pending")
    done = await answered(house, asked, scope=["profile"])
    assert "C’est accepté" in done.text
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens.status == 200, tokens.body
    assert set(tokens["scope"].split()) == set(SCOPE.split())
    said = claims_of(tokens["id_token"])
    assert said["aud"] == "tv"
    assert "sid" not in said
    assert said["acr"] == "eidas2"
    assert (await tv.userinfo(tokens["access_token"]))["given_name"]
    again = await tv.refresh(tokens["refresh_token"])
    assert again.status == 200, again.body


async def test_what_is_given_without_offline_access_ends_by_itself_and_not_with_the_browser(house):
    tv = await other_tv(house, "tv-2", scope=frozenset({"openid", "online_access"}))
    asked = await begin(tv, scope="openid online_access")
    browser, page = await opened(house, asked)
    await browser.submit(page, {"decision": "allow"})
    await browser.submit(await browser.get("/logout"))
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens.status == 200, tokens.body
    token = tokens["refresh_token"]
    house.clock.advance(timedelta(hours=2))
    token = (await tv.refresh(token))["refresh_token"]
    house.clock.advance(timedelta(hours=11))
    assert (await tv.refresh(token)).refused_with("invalid_grant", "token_invalid")


@pytest.mark.parametrize("typed", ["{}", "{lower}", " {bare} ", "{spaced}", "{dots}"])
async def test_case_and_separators_of_a_typed_code_do_not_matter(house, typed):
    asked = await begin(party(house, "tv"))
    code = asked["user_code"]
    bare = code.replace("-", "")
    shapes = {"lower": code.lower(), "bare": bare, "spaced": " ".join(bare), "dots": f"{bare[:4]}.{bare[4:]}"}
    browser = await house.sign_in("gabrielle")
    page = await browser.submit(await browser.get("/device"), {"user_code": typed.format(code, **shapes)})
    assert "Relier cet appareil" in page.text
    assert code in page.text


def test_a_code_has_no_vowel_and_no_digit():
    for _ in range(50):
        code = codes.fresh()
        assert len(code) == 8
        assert set(code) <= set("BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.parametrize("wrong", ["", "BCDF", "BCDFGHJKL", "BCDF-GHJ1", "ABCD-EFGH", "é" * 8, "B" * 500])
async def test_what_cannot_be_a_code_is_not_looked_up(house, wrong):
    browser = house.browser()
    page = await browser.submit(await browser.get("/device"), {"user_code": wrong})
    assert page.status == 422
    assert "Le code a 8 lettres" in page.text


async def test_guesses_are_throttled_and_then_right_codes_are_not_looked_at(house):
    asked = await begin(party(house, "tv"))
    browser = house.browser()
    page = await browser.get("/device")
    for _ in range(10):
        assert (await browser.submit(page, {"user_code": "ZZZZ-ZZZZ"})).status == 422
    for code in ("ZZZZ-ZZZX", asked["user_code"]):
        refused = await browser.submit(page, {"user_code": code})
        assert refused.status == 429
        assert "Trop d’essais" in refused.text
    elsewhere = house.browser(address="198.51.100.7")
    assert (
        "Est-ce votre appareil"
        in (await elsewhere.submit(await elsewhere.get("/device"), {"user_code": asked["user_code"]})).text
    )


async def test_before_signing_in_one_sees_who_asks_and_from_where(house):
    """RFC 8628 §5.4: the person compares before anything else."""
    asked = await begin(party(house, "tv"))
    near, far = house.browser(), house.browser(address="198.51.100.7")
    for browser, words in ((near, "la même connexion"), (far, "une autre connexion")):
        page = await browser.submit(await browser.get("/device"), {"user_code": asked["user_code"]})
        assert "Est-ce votre appareil" in page.text
        assert asked["user_code"] in page.text
        assert "Essai télévision" in page.text
        assert words in page.text
    onward = next(href for href, words in page.links if "/signin" in href)
    page = await house.through(far, await far.get(onward), house.person("gabrielle"))
    assert "Relier cet appareil" in page.text
    assert asked["user_code"] in page.text


async def test_opening_the_address_of_the_qr_code_decides_nothing(house):
    asked = await begin(party(house, "tv"))
    browser = await house.sign_in("gabrielle")
    page = await browser.get(asked["verification_uri_complete"])
    assert ("user_code", asked["user_code"]) in page.form("user_code").fields
    assert (await poll(party(house, "tv"), asked["device_code"])).refused_with("authorization_pending")


async def test_health_data_is_asked_as_on_the_authorization_page(house):
    tv = party(house, "tv")
    vital = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
    asked = await begin(tv, scope=f"openid patient/Observation.rs?{vital}")
    browser, page = await opened(house, asked)
    wrong = await browser.submit(page, {"decision": "allow"})
    assert wrong.status == 422
    assert "Cochez au moins une donnée" in wrong.text
    await browser.submit(wrong, {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"})
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens["patient"]
    assert (await tv.measures(tokens["access_token"])).status == 200


async def test_a_refusal_is_told(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    done = await answered(house, asked, "refuse")
    assert "Demande refusée" in done.text
    for _ in range(2):
        assert (await poll(tv, asked["device_code"])).refused_with("access_denied")


async def test_a_decision_is_yes_or_no(house):
    browser, page = await opened(house, await begin(party(house, "tv")))
    assert (await browser.submit(page, {"decision": "perhaps"})).status == 422


async def test_too_old(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    browser, page = await opened(house, asked)
    house.clock.advance(timedelta(minutes=10))
    late = await browser.submit(page, {"decision": "allow"})
    assert late.status == 410
    assert "trop vieux" in late.text
    assert (await poll(tv, asked["device_code"])).refused_with("expired_token")
    page = await browser.submit(await browser.get("/device"), {"user_code": asked["user_code"]})
    assert page.status == 422


async def test_an_answer_that_nobody_came_for_in_time_is_lost(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    await answered(house, asked)
    house.clock.advance(timedelta(minutes=10))
    assert (await poll(tv, asked["device_code"])).refused_with("expired_token")


async def test_a_device_that_asks_too_often_must_wait_longer_each_time(house):
    """RFC 8628 §3.5: five seconds more for this and all subsequent requests."""
    tv = party(house, "tv")
    asked = await begin(tv)
    assert (await poll(tv, asked["device_code"])).refused_with("authorization_pending")
    wait(house, 2)
    assert (await poll(tv, asked["device_code"])).refused_with("slow_down")
    wait(house, 9)
    assert (await poll(tv, asked["device_code"])).refused_with("slow_down")
    wait(house, 15)
    assert (await poll(tv, asked["device_code"])).refused_with("authorization_pending")
    await answered(house, asked, scope=[])
    assert (await poll(tv, asked["device_code"])).status == 200, "whoever waited for an answer gets it at once"


async def test_a_code_is_used_once_and_its_replay_ends_what_it_gave(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    await answered(house, asked, scope=[])
    tokens = await poll(tv, asked["device_code"])
    assert (await poll(tv, asked["device_code"])).refused_with("invalid_grant", "code_invalid")
    assert (await tv.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "token_invalid")
    assert (await tv.userinfo(tokens["access_token"])).status == 401


async def test_another_client_gets_nothing_and_spends_nothing(house):
    tv, thief = party(house, "tv"), await other_tv(house, "tv-2")
    asked = await begin(tv)
    await answered(house, asked, scope=[])
    assert (await poll(thief, asked["device_code"])).refused_with("invalid_grant", "code_invalid")
    assert (await poll(tv, asked["device_code"])).status == 200


async def test_a_request_is_answered_once(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    browser, page = await opened(house, asked)
    await browser.submit(page, {"decision": "refuse"})
    again = await browser.submit(page, {"decision": "allow"})
    assert "Demande refusée" in again.text
    assert (await poll(tv, asked["device_code"])).refused_with("access_denied")


@pytest.mark.parametrize("device_code", [None, "", "dc_unknown", "x" * 5000])
async def test_a_code_that_is_missing_or_unknown(house, device_code):
    said = await party(house, "tv").token(grant_type=GRANT, device_code=device_code)
    error = "invalid_grant" if device_code else "invalid_request"
    assert (said.status, said["error"]) == (400, error)


async def test_a_doubled_parameter_is_refused(house):
    tv = party(house, "tv")
    for path, form in (
        ("/device_authorization", "client_id=tv&scope=openid&scope=profile"),
        ("/token", f"client_id=tv&grant_type={GRANT}&device_code=a&device_code=b"),
    ):
        kind = {"content-type": "application/x-www-form-urlencoded"}
        said = await house.client.post(path, content=form, headers=kind)
        assert said.status_code == 400
        assert said.json()["error"] == "invalid_request", said.text
    assert tv.client_id == "tv"


@pytest.mark.parametrize(
    ("scope", "error"),
    [("", "invalid_scope"), ("system/Observation.rs", "invalid_scope"), ("nonsense", "invalid_scope")],
)
async def test_a_scope_is_checked_as_at_the_authorization_endpoint(house, scope, error):
    assert (await begin(party(house, "tv"), scope=scope)).refused_with(error)


async def test_a_resource_is_checked_and_narrows(house):
    tv = party(house, "tv")
    assert (await begin(tv, resource="https://elsewhere.example")).refused_with("invalid_target")
    asked = await begin(tv, resource=house.issuer)
    await answered(house, asked, scope=[])
    assert claims_of((await poll(tv, asked["device_code"]))["access_token"])["aud"] == house.issuer


async def test_who_may_not_ask(house):
    assert (await begin(party(house, "mobile"))).refused_with("unauthorized_client")
    unknown = Party(house, {"client_id": "nobody", "auth_method": "none"})
    assert (await begin(unknown)).status == 401


async def test_a_client_of_the_fapi_profile_comes_by_the_browser(house):
    await add(house, "fapi-1", "fapi-tv", grant_types=frozenset({GRANT}))
    known = {**house.party("fapi-1"), "client_id": "fapi-tv"}
    assert (await begin(Party(house, known))).refused_with("unauthorized_client")


@pytest.mark.parametrize("change", ["client", "person", "consent", "space"])
@pytest.mark.parametrize("when", ["before the answer is taken", "after"])
async def test_what_the_answer_rests_on_must_hold_when_it_is_taken(house, change, when):
    tv = party(house, "tv")
    vital = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
    asked = await begin(tv, scope=f"openid offline_access patient/Observation.rs?{vital}")
    await answered(house, asked, consent=["measures:read"], duration="P3M")
    wait(house)
    tokens = None
    if when == "after":
        tokens = await poll(tv, asked["device_code"])
        assert tokens.status == 200
    await CHANGES[change](house)
    wait(house)
    said = await (tv.refresh(tokens["refresh_token"]) if tokens else poll(tv, asked["device_code"]))
    expected = {
        "client": (401, "invalid_client"),
        "person": (400, "invalid_grant"),
        "consent": (400, "invalid_grant"),
        "space": (400, "invalid_grant"),
    }
    assert (said.status, said["error"]) == expected[change], said.body


async def test_a_session_that_is_stopped_from_elsewhere_takes_its_answer_along(house):
    """Who stops a session that they do not recognise stops what was agreed in it."""
    tv = party(house, "tv")
    asked = await begin(tv)
    await answered(house, asked, scope=[])
    mine = await house.sign_in("gabrielle")
    await mine.submit(await mine.get("/account/sessions"), {"stop": "others"})
    wait(house)
    assert (await poll(tv, asked["device_code"])).refused_with("invalid_grant", "session_ended")


async def test_the_answer_is_in_the_journal(house):
    asked = await begin(party(house, "tv"))
    await answered(house, asked, scope=[])
    person = house.person("gabrielle")["person_id"]
    found = await house.database.read(lambda db: journal.page(db, person))
    assert "request.allowed" in {one.entry.action for one in found}


async def test_someone_else_does_not_see_what_was_answered(house):
    asked = await begin(party(house, "tv"))
    done = await answered(house, asked, scope=[])
    other = house.browser()
    assert (await other.get(done.url)).status == 404


async def test_only_our_own_page_answers(house):
    asked = await begin(party(house, "tv"))
    browser, page = await opened(house, asked)
    evil = {"origin": "https://evil.example", "content-type": "application/x-www-form-urlencoded"}
    said = await browser.client.post(page.url, content="decision=allow", headers=evil)
    assert said.status_code == 403


async def test_the_television_of_the_demo(house):
    browser = await house.sign_in("gabrielle")
    screen = await browser.submit(await browser.get("/sandbox/tv"))
    assert "data:image/svg+xml" in screen.html
    assert screen.response.headers["refresh"]
    link = next(href for href, words in screen.links if href.endswith("/device"))
    code = next(word for word in screen.text.split() if len(word) == 9 and word[4] == "-")
    page = await browser.submit(await browser.get(link), {"user_code": code})
    await browser.submit(page, {"decision": "allow", "scope": ["profile"]})
    wait(house)
    assert "Bonjour Gabrielle" in (await browser.get(screen.url)).text


async def other_tv(house: Home, client_id: str, **changes) -> Party:
    await add(house, "tv", client_id, **changes)
    return Party(house, {**house.party("tv"), "client_id": client_id})


async def add(house: Home, like: str, client_id: str, **changes) -> None:
    """A client like one of the demo's."""
    now = house.clock.now()

    def unit(db) -> None:
        known = clients.find(db, like)
        clients.add(db, replace(known, client_id=client_id, **changes), now)

    await house.database.work(unit)


async def _suspend(house: Home) -> None:
    now = house.clock.now()
    await house.database.work(lambda db: clients.set_status(db, "tv", Status.SUSPENDED, now))
    house.house.clients.forget("tv")


async def _lock(house: Home) -> None:
    mine = accounts.c.person_id == house.person("gabrielle")["person_id"]
    await house.database.work(lambda db: db.execute(update(accounts).where(mine).values(status="locked")))


async def _withdraw(house: Home) -> None:
    person = house.person("gabrielle")["person_id"]

    def unit(db) -> None:
        grant = grants_store.between(db, person, "tv")
        decisions.end(db, house.consent, grant, holder(person), house.clock.now())

    await house.database.work(unit)


async def _close(house: Home) -> None:
    person = house.person("gabrielle")["person_id"]
    now = house.clock.now()
    await house.database.work(lambda db: space_moves.close(db, house.consent, person, holder(person), now))


CHANGES = {"client": _suspend, "person": _lock, "consent": _withdraw, "space": _close}
