"""RFC 6749 §6 and RFC 9700 §4.14: rotation, the grace for lost answers, and the end of a family."""

from datetime import timedelta

import pytest

from tests.party import claims_of, party

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def test_a_refresh_gives_a_successor_and_keeps_the_person(house, browser):
    app = party(house)
    first = await app.obtain(browser, choices=ALL)
    second = await app.refresh(first["refresh_token"])
    assert second.status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert claims_of(second["access_token"])["sub"] == claims_of(first["access_token"])["sub"]
    assert claims_of(second["id_token"])["auth_time"] == claims_of(first["id_token"])["auth_time"]
    assert "nonce" not in claims_of(second["id_token"])


async def test_a_lost_answer_is_repeated_with_the_same_successor(house, browser):
    app = party(house)
    first = await app.obtain(browser, choices=ALL)
    second = await app.refresh(first["refresh_token"])
    house.clock.advance(timedelta(seconds=29))
    again = await app.refresh(first["refresh_token"])
    assert again["refresh_token"] == second["refresh_token"]
    assert (await app.refresh(again["refresh_token"])).status == 200


@pytest.mark.parametrize("late", [True, False])
async def test_a_token_used_again_ends_its_family_and_the_person_is_told(house, browser, late):
    app, person = party(house), house.person("gabrielle")
    first = await app.obtain(browser, choices=ALL)
    second = await app.refresh(first["refresh_token"])
    if late:
        house.clock.advance(timedelta(seconds=31))
    else:  # the successor was used: its answer was not lost
        second = await app.refresh(second["refresh_token"])
    assert (await app.refresh(first["refresh_token"])).refused_with("invalid_grant", "token_reused")
    assert (await app.refresh(second["refresh_token"])).refused_with("invalid_grant", "token_reused")
    assert (await app.userinfo(second["access_token"])).status == 401
    told = [letter for letter in await house.letters(person["email"]) if "deux fois" in letter.text]
    assert len(told) == 1


async def test_another_app_cannot_use_it_nor_end_its_family(house, browser):
    app, other = party(house), party(house, "mobile")
    first = await app.obtain(browser, choices=ALL)
    assert (await other.refresh(first["refresh_token"])).refused_with("invalid_grant")
    assert (await app.refresh(first["refresh_token"])).status == 200


async def test_a_refresh_may_ask_less_and_never_more(house, browser):
    app = party(house)
    first = await app.obtain(browser, choices=ALL)
    less = await app.refresh(first["refresh_token"], scope="openid")
    assert less["scope"] == "openid"
    back = await app.refresh(less["refresh_token"])
    assert set(back["scope"].split()) == set(first["scope"].split())
    assert (await app.refresh(back["refresh_token"], scope="openid phone")).refused_with("invalid_scope")


async def test_a_token_unused_for_a_hundred_days_is_forgotten(house, browser):
    app = party(house)
    first = await app.obtain(browser, choices=ALL)
    house.clock.advance(timedelta(days=101))
    assert (await app.refresh(first["refresh_token"])).refused_with("invalid_grant", "token_invalid")


async def test_a_link_lasts_a_year_at_most_however_often_it_is_refreshed(house, browser):
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    for _ in range(6):
        house.clock.advance(timedelta(days=60))
        held = await app.refresh(held["refresh_token"])
        assert held.status == 200
    house.clock.advance(timedelta(days=7))
    assert (await app.refresh(held["refresh_token"])).refused_with("invalid_grant", "token_invalid")


async def test_without_offline_access_there_is_no_refresh_token(house, browser):
    reply = await party(house).obtain(browser, scope="openid")
    assert "refresh_token" not in reply.body


async def test_signing_out_leaves_a_lasting_link_alone(house, browser):
    app = party(house)
    first = await app.obtain(browser, choices=ALL)
    page = await browser.get("/logout")
    await browser.submit(page, form=page.form(action="/logout/confirm"))
    assert (await app.refresh(first["refresh_token"])).status == 200


@pytest.mark.parametrize("token", ["", "rt_unknown", "nonsense", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_refresh_token_of_ours_is_refused(house, token):
    reply = await party(house).refresh(token)
    assert reply.refused_with("invalid_grant", "token_invalid")


async def test_a_missing_refresh_token_is_an_invalid_request(house):
    assert (await party(house).token(grant_type="refresh_token")).refused_with("invalid_request")
