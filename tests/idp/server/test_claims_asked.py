"""OpenID Connect Core §5.4, §5.5: claims by scope or by name, each where it was asked, within what was agreed."""

import json

import pytest

from tests.idp.answers import register
from tests.party import claims_of, party

PROFILE = {"name", "given_name", "family_name", "birthdate", "gender", "updated_at"}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


def asking(**places):
    return json.dumps({place: dict.fromkeys(names) for place, names in places.items()})


async def test_a_scope_s_claims_are_told_by_userinfo_and_not_by_the_id_token(house, browser):
    app = party(house)
    held = await app.obtain(browser, scope="openid profile email", choices={"scope": ["profile", "email"]})
    told = (await app.userinfo(held["access_token"])).body
    assert told.keys() == {"sub", "email", "email_verified"} | PROFILE
    assert not claims_of(held["id_token"]).keys() & (PROFILE | {"email"})


async def test_claims_asked_by_name_are_told_where_they_were_asked_and_no_others(house, browser):
    app = party(house)
    asked = asking(userinfo=["birthdate", "nickname"], id_token=["email", "auth_time"])
    choices = {"scope": ["profile", "email"]}
    held = await app.obtain(browser, scope="openid offline_access", claims=asked, choices=choices)
    assert held["scope"] == "offline_access openid"
    told = (await app.userinfo(held["access_token"])).body
    assert told.keys() == {"sub", "birthdate"}
    claims = claims_of(held["id_token"])
    assert claims["email"] == house.person("gabrielle")["email"]
    assert not claims.keys() & PROFILE
    fresh = await app.refresh(held["refresh_token"])
    assert claims_of(fresh["id_token"])["email"] == claims["email"]
    assert (await app.userinfo(fresh["access_token"])).body.keys() == {"sub", "birthdate"}


async def test_a_claim_takes_an_agreement_and_is_left_out_without(house, browser):
    app = party(house)
    page = await app.ask(browser, scope="openid", claims=asking(userinfo=["birthdate", "email"]))
    assert page.status == 200, "the person is asked"
    back = await app.come_back(browser, page, scope=["email"])
    held = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    assert (await app.userinfo(held["access_token"])).body.keys() == {"sub", "email"}


async def test_silence_is_not_enough_for_a_claim_that_was_never_agreed(house, browser):
    app = party(house)
    await app.obtain(browser, scope="openid")
    back = app.answer(await app.ask(browser, scope="openid", prompt="none"))
    assert "code" in back
    asked = asking(id_token=["phone_number"])
    back = app.answer(await app.ask(browser, scope="openid", prompt="none", claims=asked))
    assert back["error"] == "consent_required"


async def test_a_claim_whose_scope_the_app_may_not_ask_is_ignored(house, browser):
    await register(house, options={}, scope=frozenset({"openid"}))
    app = party(house)
    held = await app.obtain(browser, scope="openid", claims=asking(userinfo=["name"], id_token=["email"]))
    assert (await app.userinfo(held["access_token"])).body.keys() == {"sub"}
    assert "email" not in claims_of(held["id_token"])


async def test_an_essential_claim_is_told(house, browser):
    """The question of the conformance suite's module `oidcc-claims-essential`."""
    app = party(house)
    asked = '{"userinfo":{"name":{"essential":true}}}'
    held = await app.obtain(browser, scope="openid", claims=asked, choices={"scope": ["profile"]})
    assert (await app.userinfo(held["access_token"])).body.keys() == {"sub", "name"}
    assert "name" not in claims_of(held["id_token"])


@pytest.mark.parametrize("bad", ["name", "[]", '{"userinfo":["name"]}', '{"a":"' + "x" * 4096 + '"}'])
async def test_what_cannot_be_read_is_refused(house, browser, bad):
    app = party(house)
    assert app.answer(await app.ask(browser, claims=bad))["error"] == "invalid_request"


async def test_another_person_than_the_one_named_is_not_who_is_told(house, browser):
    app = party(house)
    held = await app.obtain(browser, scope="openid")
    subject = claims_of(held["id_token"])["sub"]
    for named, silent in ((subject, True), ("somebody-else", False)):
        asked = json.dumps({"id_token": {"sub": {"value": named}}})
        back = app.answer(await app.ask(browser, scope="openid", prompt="none", claims=asked))
        assert ("code" in back) is silent, back
