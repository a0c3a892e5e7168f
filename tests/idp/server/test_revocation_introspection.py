"""RFC 7009 and RFC 7662."""

from dataclasses import replace

import pytest

from clients import store
from clients.options import Options
from tests.party import party, reply

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def test_a_revoked_refresh_token_takes_its_family_with_it(house, browser):
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    assert (await app.post("/revoke", token=held["refresh_token"], token_type_hint="refresh_token")).status == 200
    assert (await app.refresh(held["refresh_token"])).refused_with("invalid_grant", "token_invalid")
    assert (await app.userinfo(held["access_token"])).status == 401


async def test_a_revoked_access_token_goes_alone(house, browser):
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    assert (await app.post("/revoke", token=held["access_token"], token_type_hint="refresh_token")).status == 200
    assert (await app.userinfo(held["access_token"])).status == 401
    assert (await app.introspect(held["access_token"])).body == {"active": False}
    assert (await app.refresh(held["refresh_token"])).status == 200


@pytest.mark.parametrize("token", ["rt_unknown", "nonsense"])
async def test_an_unknown_token_is_answered_200(house, token):
    assert (await party(house).post("/revoke", token=token)).status == 200


async def test_another_app_cannot_revoke(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    assert (await party(house, "mobile").post("/revoke", token=held["refresh_token"])).refused_with("invalid_grant")
    assert (await party(house).refresh(held["refresh_token"])).status == 200


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
async def test_a_token_is_needed(house, path):
    assert (await party(house).post(path)).refused_with("invalid_request")
    assert (await party(house).post(path, token="")).refused_with("invalid_request")
    response = await house.client.post(path, data={"token": "x"})
    assert reply(response).refused_with("invalid_client")


async def test_an_access_token_tells_its_client_what_it_says(house, browser):
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    said = await app.introspect(held["access_token"])
    assert said["active"] is True
    assert said["client_id"] == "bench"
    assert said["iss"] == house.issuer
    assert said["scope"] == held["scope"]
    assert said["grant_id"] == held["grant_id"]


async def test_a_refresh_token_is_active_until_it_is_used(house, browser):
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    assert (await app.introspect(held["refresh_token"]))["active"] is True
    await app.refresh(held["refresh_token"])
    assert (await app.introspect(held["refresh_token"])).body == {"active": False}


async def test_to_a_stranger_every_token_is_inactive(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    for token in (held["access_token"], held["refresh_token"]):
        assert (await party(house, "glucolink").introspect(token)).body == {"active": False}


async def test_a_public_client_has_no_proof_to_introspect_with(house, browser):
    held = await party(house, "mobile").obtain(browser, choices=ALL)
    assert (await party(house, "mobile").introspect(held["access_token"])).refused_with("invalid_client")


async def test_a_resource_server_reads_the_tokens_meant_for_it(house, browser):
    held = await party(house).obtain(browser, choices=ALL)

    def make(db):
        known = store.find(db, "glucolink")
        server = replace(known, options=Options(audience=f"{house.issuer}/dossier/fhir"))
        return store.replace(db, server, house.clock.now())

    assert await house.database.work(make)
    house.house.clients.forget("glucolink")
    assert (await party(house, "glucolink").introspect(held["access_token"]))["active"] is True
    assert (await party(house, "glucolink").introspect(held["refresh_token"])).body == {"active": False}


async def test_a_machine_s_token_is_active_until_it_is_revoked(house):
    app = party(house)
    held = await app.token(grant_type="client_credentials")
    assert (await app.introspect(held["access_token"]))["sub"] == "bench"
    await app.post("/revoke", token=held["access_token"])
    assert (await app.introspect(held["access_token"])).body == {"active": False}
    assert (await app.userinfo(held["access_token"])).status == 401


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_userinfo_needs_a_good_token(house, token):
    answer = await party(house).userinfo(token)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_userinfo_needs_the_openid_scope(house):
    held = await party(house).token(grant_type="client_credentials")
    answer = await party(house).userinfo(held["access_token"])
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_userinfo_takes_the_token_in_a_form_too(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    response = await house.client.post("/userinfo", data={"access_token": held["access_token"]})
    assert response.json()["family_name"] == "Capanelli"


async def test_a_token_cut_or_changed_is_refused(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    token = held["access_token"]
    head, body, signature = token.split(".")
    for forged in (token[:-4], token + "AAAA", f"{head}.{body}.", f"{head}.{body}A.{signature}", held["id_token"]):
        assert (await party(house).userinfo(forged)).status == 401
