"""RP-initiated logout, and what the provider says of itself."""

from urllib.parse import urlencode

import pytest

from tests.party import party

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def ask(browser, **query):
    return await browser.get("/logout?" + urlencode(query))


async def test_another_site_cannot_sign_a_person_out(house, browser):
    page = await ask(browser)
    form = page.form(action="/logout/confirm")
    answer = await browser.client.post(form.action, data=dict(form.fields), headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "code" in (await party(house).come_back(browser, await party(house).ask(browser)))


async def test_both_documents_are_one_and_every_address_answers(house):
    document = (await house.client.get("/.well-known/openid-configuration")).json()
    assert document == (await house.client.get("/.well-known/oauth-authorization-server")).json()
    assert document["issuer"] == house.issuer
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert set(document["grant_types_supported"]) >= {"authorization_code", "refresh_token", "client_credentials"}
    assert "implicit" not in document["grant_types_supported"]
    for name, address in document.items():
        if name.endswith(("_endpoint", "jwks_uri")):
            response = await house.client.get(address.removeprefix(house.issuer))
            assert response.status_code not in {404, 500}, name


async def test_the_smart_document_stands_at_the_fhir_base_whatever_is_accepted(house):
    base = f"{house.issuer}/dossier/fhir"
    response = await house.client.get(f"{base}/.well-known/smart-configuration", headers={"accept": "text/html"})
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    assert document["issuer"] == house.issuer
    assert "plain" not in document["code_challenge_methods_supported"]
    assert "permission-v2" in document["capabilities"]
    assert document["management_endpoint"] == f"{house.issuer}/espace/applications"


async def test_every_scope_told_is_a_scope_understood(house):
    from consent import scopes

    document = (await house.client.get("/.well-known/openid-configuration")).json()
    for scope in document["scopes_supported"]:
        assert scopes.read(scope)


async def test_rs256_is_for_those_who_ask(house, browser):
    from dataclasses import replace

    from clients import store
    from tests.party import claims_of

    def unit(db):
        known = store.find(db, "bench")
        return store.replace(db, replace(known, id_token_signed_response_alg="RS256"), house.clock.now())

    assert await house.database.work(unit)
    house.house.clients.forget("bench")
    held = await party(house).obtain(browser, choices=ALL)
    import base64
    import json

    header = json.loads(base64.urlsafe_b64decode(held["id_token"].split(".")[0] + "=="))
    assert header["alg"] == "RS256"
    assert claims_of(held["id_token"])["aud"] == "bench"
    jwks = (await house.client.get("/jwks")).json()
    assert header["kid"] in {key["kid"] for key in jwks["keys"]}
