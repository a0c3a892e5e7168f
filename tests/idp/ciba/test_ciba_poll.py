"""CIBA Core 1.0, poll: an app asks for a person who is elsewhere, and comes back for the answer."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from clients import store as clients
from clients.records import Status
from consent import decisions, grants_store, journal, space_moves
from consent.actors import holder
from idp.accounts.tables import accounts
from tests.ciba import GRANT, Asker, asker, later
from tests.house import Home
from tests.party import claims_of, party


async def answered(house: Home, decision: str = "allow", **choices):
    """Gabrielle signs in elsewhere, opens her requests, answers the newest."""
    browser = await house.sign_in("gabrielle")
    waiting = await browser.get("/ciba")
    page = await browser.get(next(href for href, words in waiting.links if href.startswith("/ciba/")))
    return browser, page, await browser.submit(page, {"decision": decision, **choices})


@pytest.fixture
async def app(house) -> Asker:
    return await asker(house)


async def test_an_app_asks_and_gets_tokens_once_the_person_agreed(house, app):
    asked = await app.begin(scope="openid profile offline_access")
    assert asked.status == 200, asked.body
    assert set(asked.body) == {"auth_req_id", "expires_in", "interval"}
    assert (asked["expires_in"], asked["interval"]) == (300, 5)
    assert (await app.poll(asked["auth_req_id"])).refused_with("authorization_pending")
    _, page, done = await answered(house, scope=["profile"])
    assert "Bleu 27" in page.text
    assert "Essai CIBA" in page.text
    assert "C’est accepté" in done.text
    later(house)
    tokens = await app.poll(asked["auth_req_id"])
    assert tokens.status == 200, tokens.body
    said = claims_of(tokens["id_token"])
    assert said["aud"] == "ciba"
    assert said["acr"] == "eidas2"
    assert not {"sid", "nonce", "c_hash", "s_hash"} & said.keys()
    assert (await app.userinfo(tokens["access_token"]))["given_name"]
    assert (await app.refresh(tokens["refresh_token"])).status == 200


async def test_the_person_is_told_by_a_message_that_says_nothing_of_who_asks(house, app):
    await app.begin()
    letter = (await house.letters(house.person("gabrielle")["mobile"]))[0]
    assert f"{house.issuer}/ciba" in letter.text
    assert "CIBA" not in letter.text
    assert "Bleu" not in letter.text


async def test_a_refusal_is_told(house, app):
    asked = await app.begin()
    _, _, done = await answered(house, "refuse")
    assert "Demande refusée" in done.text
    said = await app.poll(asked["auth_req_id"])
    assert said.refused_with("access_denied")
    assert said.status == 400


async def test_an_answer_is_taken_once_and_its_replay_ends_what_it_gave(house, app):
    asked = await app.begin(scope="openid offline_access")
    await answered(house)
    tokens = await app.poll(asked["auth_req_id"])
    again = await app.poll(asked["auth_req_id"])
    assert again.refused_with("invalid_grant", "code_invalid")
    assert again.status == 400
    assert (await app.refresh(tokens["refresh_token"])).refused_with("invalid_grant", "token_invalid")


async def test_another_app_gets_nothing_and_spends_nothing(house, app):
    other = await asker(house, "ciba-other")
    asked = await app.begin()
    await answered(house)
    assert (await other.poll(asked["auth_req_id"])).refused_with("invalid_grant", "code_invalid")
    assert (await app.poll(asked["auth_req_id"])).status == 200


async def test_twenty_polls_at_once_are_told_to_slow_down_and_change_nothing(house, app):
    asked = await app.begin()
    said = [(await app.poll(asked["auth_req_id"])).body["error"] for _ in range(20)]
    assert said == ["authorization_pending"] + ["slow_down"] * 19
    await answered(house)
    assert (await app.poll(asked["auth_req_id"])).status == 200


@pytest.mark.parametrize("expiry", [30, "30"])
async def test_an_app_may_ask_for_less_time_and_hears_that_it_is_over(house, app, expiry):
    asked = await app.begin(requested_expiry=expiry)
    assert asked["expires_in"] == 30
    later(house, 30)
    said = await app.poll(asked["auth_req_id"])
    assert said.refused_with("expired_token")
    assert said.status == 400


async def test_more_time_than_there_is_is_capped(app):
    assert (await app.begin(requested_expiry=90_000))["expires_in"] == 900


@pytest.mark.parametrize("expiry", [0, -5, "soon", 1.5, "9" * 30])
async def test_a_time_that_is_none_is_refused(app, expiry):
    assert (await app.begin(requested_expiry=expiry)).refused_with("invalid_request")


@pytest.mark.parametrize(
    "message",
    [
        "x" * 65,
        "1234 \U0001f44d\U0001f3ff 你好",
        "a\nb",
        "<b>",
        "http://evil.example",
        "a\u202eb",
        '"',
        "\u0000".strip("\0") or "~~",
    ],
)
async def test_a_message_that_cannot_be_compared_at_a_glance_is_refused(app, message):
    said = await app.begin(binding_message=message)
    assert said.refused_with("invalid_binding_message")
    assert said.status == 400


@pytest.mark.parametrize("message", [None, "1234", "Été n° 3".replace("°", "o"), "W4SCT", "Achat : 12,50 €"])
async def test_a_plain_message_or_none_is_fine(app, message):
    assert (await app.begin(binding_message=message)).status == 200


@pytest.mark.parametrize(
    ("hints", "error"),
    [
        ({"login_hint": None}, "invalid_request"),
        ({"id_token_hint": "eyJ"}, "invalid_request"),
        ({"login_hint_token": "x"}, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x"}, "invalid_request"),
        ({"login_hint": "nobody.of.that.name"}, "unknown_user_id"),
        ({"login_hint": None, "id_token_hint": "eyJ.not.ours"}, "unknown_user_id"),
    ],
)
async def test_exactly_one_hint_that_means_somebody(app, hints, error):
    said = await app.begin(**hints)
    assert said.refused_with(error)
    assert said.status == 400


async def test_the_name_that_the_app_was_told_is_a_hint_for_it_and_for_no_other(house, app):
    """CIBA §7.1: login_hint may be our `sub`; id_token_hint is an id token of ours, expired or not."""
    other = await asker(house, "ciba-other")
    asked = await app.begin()
    await answered(house)
    tokens = await app.poll(asked["auth_req_id"])
    house.clock.advance(timedelta(days=100))
    sub = claims_of(tokens["id_token"])["sub"]
    for hint in ({"login_hint": sub}, {"login_hint": None, "id_token_hint": tokens["id_token"]}):
        assert (await app.begin(**hint)).status == 200
        assert (await other.begin(**hint)).refused_with("unknown_user_id")


async def test_the_scope_has_openid(app):
    assert (await app.begin(scope="profile")).refused_with("invalid_scope")
    assert (await app.begin(scope="openid nonsense")).refused_with("invalid_scope")


async def test_the_order_of_scopes_does_not_matter(app):
    assert (await app.begin(scope="profile openid")).status == 200


async def test_who_may_not_ask(house):
    said = await party(house, "bench").post("/bc-authorize", scope="openid", login_hint="gabrielle")
    assert said.refused_with("unauthorized_client")
    nobody = await house.client.post("/bc-authorize", data={"scope": "openid", "login_hint": "x"})
    assert nobody.status_code == 401
    assert nobody.json()["error"] == "invalid_client"


@pytest.mark.parametrize("value", [None, "", "arq_unknown"])
async def test_a_name_that_is_missing_or_unknown(app, value):
    said = await app.poll(value)
    assert said.refused_with(*(("invalid_grant", "code_invalid") if value else ("invalid_request",)))


async def test_a_client_of_another_grant_type_cannot_come_for_it(house, app):
    asked = await app.begin()
    assert (await party(house, "bench").token(grant_type=GRANT, auth_req_id=asked["auth_req_id"])).status == 400


async def test_a_second_request_replaces_the_first(house, app):
    first, second = await app.begin(), await app.begin(binding_message="Rouge 3")
    browser = await house.sign_in("gabrielle")
    page = await browser.get("/ciba")
    assert "Rouge 3" in page.text
    assert "Bleu 27" not in page.text
    assert (await app.poll(first["auth_req_id"])).refused_with("expired_token")
    assert (await app.poll(second["auth_req_id"])).refused_with("authorization_pending")


async def test_nobody_is_asked_until_they_give_in(house, app):
    for _ in range(10):
        assert (await app.begin()).status == 200
    said = await app.begin()
    assert said.status == 429
    assert said.headers["retry-after"]
    other, third = await asker(house, "ciba-other"), await asker(house, "ciba-third")
    for _ in range(10):  # one app leaves room for another
        assert (await other.begin()).status == 200
    assert (await third.begin()).status == 429


async def test_an_app_that_tries_names_is_stopped(house, app):
    for number in range(60):
        assert (await app.begin(login_hint=f"somebody.{number}")).refused_with("unknown_user_id")
    assert (await app.begin()).status == 429


async def test_only_the_person_sees_and_answers(house, app):
    asked = await app.begin()
    _, page, _ = await answered(house, "nothing")
    other = house.browser()
    assert "/signin" in (await other.get(page.url)).url
    assert (await app.poll(asked["auth_req_id"])).refused_with("authorization_pending")


async def test_a_request_is_answered_once(house, app):
    asked = await app.begin()
    browser, page, _ = await answered(house, "refuse")
    assert "Demande refusée" in (await browser.submit(page, {"decision": "allow"})).text
    assert (await app.poll(asked["auth_req_id"])).refused_with("access_denied")


async def test_an_answer_that_comes_too_late(house, app):
    await app.begin()
    browser, page, _ = await answered(house, "nothing")
    later(house, 301)
    late = await browser.submit(page, {"decision": "allow"})
    assert late.status == 410
    assert "Rien n’attend" in (await browser.get("/ciba")).text


async def test_health_data_is_asked_as_on_the_authorization_page(house, app):
    vital = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
    asked = await app.begin(scope=f"openid patient/Observation.rs?{vital}")
    await answered(house, consent=["measures:read"], duration="P3M")
    tokens = await app.poll(asked["auth_req_id"])
    assert (await app.measures(tokens["access_token"])).status == 200


async def test_an_old_proof_is_renewed_when_the_level_is_asked(house, app):
    """acr_values: what there is at best is given."""
    asked = await app.begin(acr_values="eidas2")
    await answered(house)
    assert claims_of((await app.poll(asked["auth_req_id"]))["id_token"])["acr"] == "eidas2"


async def test_the_answer_is_in_the_journal(house, app):
    await app.begin()
    await answered(house, "refuse")
    person = house.person("gabrielle")["person_id"]
    found = await house.database.read(lambda db: journal.page(db, person))
    assert "request.refused" in {one.entry.action for one in found}


@pytest.mark.parametrize("change", ["client", "person", "consent", "space"])
async def test_what_the_answer_rests_on_must_hold_when_it_is_taken(house, app, change):
    asked = await app.begin(scope="openid offline_access")
    await answered(house)
    person, now = house.person("gabrielle")["person_id"], house.clock.now()

    def unit(db) -> None:
        if change == "client":
            clients.set_status(db, "ciba", Status.SUSPENDED, now)
        elif change == "person":
            db.execute(update(accounts).where(accounts.c.person_id == person).values(status="locked"))
        elif change == "consent":
            decisions.end(db, house.consent, grants_store.between(db, person, "ciba"), holder(person), now)
        else:
            space_moves.close(db, house.consent, person, holder(person), now)

    await house.database.work(unit)
    house.clients.forget("ciba")
    said = await app.poll(asked["auth_req_id"])
    assert said["error"] == ("invalid_client" if change == "client" else "invalid_grant"), said.body


async def test_a_script_answers_for_the_person_in_the_demo(house, app):
    for decision, error in (
        ("action=allow", None),
        ("decision=refuse", "access_denied"),
        ("action=deny", "access_denied"),
    ):
        asked = await app.begin()
        name = asked["auth_req_id"]
        answer = await house.client.post(
            f"/sandbox/ciba?auth_req_id={name}&{decision}", headers={"accept": "application/json"}
        )
        assert answer.status_code == 200, answer.text
        said = await app.poll(name)
        assert said.body.get("error") == error
    assert (await house.client.post(f"/sandbox/ciba?auth_req_id={name}&action=allow")).status_code == 404
    assert (await house.client.post("/sandbox/ciba?auth_req_id=x&action=perhaps")).status_code == 422
