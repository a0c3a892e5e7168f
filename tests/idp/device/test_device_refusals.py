"""RFC 8628: what a device is refused, and what no longer holds when it comes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from clients import store as clients
from clients.records import Status
from consent import decisions, grants_store, journal, space_moves
from consent.actors import holder
from idp.accounts.tables import accounts
from tests.device import GRANT, add, answered, begin, opened, other_tv, poll, wait
from tests.house import Home
from tests.party import Party, claims_of, party


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
    wait(house)
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


async def test_what_cannot_be_agreed_can_only_be_refused(house):
    """The space was closed meanwhile, by someone who is still signed in."""
    tv = party(house, "tv")
    asked = await begin(tv)
    browser, _ = await opened(house, asked)
    await _close(house)
    page = await browser.submit(
        await browser.get(asked["verification_uri_complete"]), {"user_code": asked["user_code"]}
    )
    assert "ne peut pas être acceptée" in page.text
    assert page.form("decision").choices["decision"] == ["refuse"]
    assert (await browser.submit(page, {"decision": "allow"})).status == 403
    await browser.submit(page, {"decision": "refuse"})
    assert (await poll(tv, asked["device_code"])).refused_with("access_denied")
