"""Access tokens that are mere names: what they stand for is kept, and told where it may be."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.tokens import purge
from idp.tokens.tables import opaque_tokens
from kit.secrets import digest
from tests.holder import MEASURES, USERINFO, Holder
from tests.idp.answers import register
from tests.party import claims_of, party

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


@pytest.fixture
async def app(house):
    await register(house, options={"access_token_format": "opaque"})
    return party(house)


async def rows(house):
    query = select(func.count()).select_from(opaque_tokens)
    return await house.database.read(lambda db: db.execute(query).scalar_one())


async def test_it_says_nothing_and_stands_for_what_a_signed_one_would_say(house, browser, app):
    held = await app.obtain(browser, choices=ALL)
    token = held["access_token"]
    assert token.startswith("at_")
    assert "." not in token
    said = await app.introspect(token)
    assert said["active"] is True
    assert said["client_id"] == "bench"
    assert said["sub"] == claims_of(held["id_token"])["sub"]
    assert said["grant_id"] == held["grant_id"]
    assert "fam" not in said.body
    assert (await app.userinfo(token))["email"] == "gabrielle.capanelli@example.org"
    assert (await app.measures(token)).status == 403  # known, and nothing was agreed there


async def test_its_value_is_kept_nowhere(house, browser, app):
    token = (await app.obtain(browser, choices=ALL))["access_token"]
    kept = await house.database.read(lambda db: db.execute(select(opaque_tokens)).mappings().all())
    assert [row["digest"] for row in kept] == [digest(token)]
    assert token not in str(kept)


async def test_a_refresh_gives_another_one(house, browser, app):
    held = await app.obtain(browser, choices=ALL)
    again = await app.refresh(held["refresh_token"])
    assert again["access_token"].startswith("at_")
    assert again["access_token"] != held["access_token"]
    assert (await app.userinfo(again["access_token"])).status == 200


async def test_one_about_the_client_itself(house, app):
    token = (await app.token(grant_type="client_credentials"))["access_token"]
    assert (await app.introspect(token))["sub"] == "bench"


@pytest.mark.parametrize("token", ["at_unknown", "at_", f"at_{'x' * 43}"])
async def test_an_unknown_one_is_refused(house, app, token):
    for path in (USERINFO, MEASURES, "/consent/grants"):
        response = await house.client.get(path, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
    assert (await app.introspect(token)).body == {"active": False}


async def test_a_revoked_one_is_refused_everywhere(house, browser, app):
    token = (await app.obtain(browser, choices=ALL))["access_token"]
    assert (await app.post("/revoke", token=token)).status == 200
    assert (await app.userinfo(token)).status == 401
    assert (await app.measures(token)).status == 401
    assert (await app.introspect(token)).body == {"active": False}


async def test_its_family_takes_it_along(house, browser, app):
    held = await app.obtain(browser, choices=ALL)
    assert (await app.post("/revoke", token=held["refresh_token"])).status == 200
    assert (await app.userinfo(held["access_token"])).status == 401


async def test_it_ends_by_itself_and_is_forgotten(house, browser, app):
    token = (await app.obtain(browser, choices=ALL))["access_token"]
    house.clock.advance(timedelta(minutes=5))
    assert (await app.userinfo(token)).status == 401
    assert (await app.introspect(token)).body == {"active": False}
    house.clock.advance(timedelta(seconds=1))
    await house.database.work(lambda db: purge.purge(db, house.clock.now()))
    assert await rows(house) == 0


async def test_to_a_stranger_it_is_not_active(house, browser, app):
    token = (await app.obtain(browser, choices=ALL))["access_token"]
    assert (await party(house, "glucolink").introspect(token)).body == {"active": False}


async def test_it_may_be_bound_to_a_key(house, browser, app):
    holder = Holder(app)
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    assert (await holder.get(USERINFO, token)).status == 200
    assert (await app.userinfo(token)).status == 401
    assert (await app.introspect(token))["cnf"] == {"jkt": holder.signer.jkt}


async def test_others_get_signed_ones_and_no_row_is_written(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    assert held["access_token"].count(".") == 2
    assert await rows(house) == 0
