"""RFC 9701: introspection answered by a token; the same is told in every form, and to the same few."""

from dataclasses import replace

import pytest

from clients import store
from clients.options import Options
from tests.idp.answers import KEYS, opened, public, register, sign_with, verified
from tests.party import party

TYPE = "application/token-introspection+jwt"
ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def held(house):
    return await party(house).obtain(await house.sign_in("gabrielle"), choices=ALL)


async def ask(house, token, accept=TYPE, app="bench"):
    fields, auth = party(house, app).proof()
    headers = {"accept": accept} if accept else {}
    return await house.client.post("/introspect", data={**fields, "token": token}, auth=auth, headers=headers)


async def test_who_asks_for_a_token_gets_the_same_signed(house, held):
    plain = await ask(house, held["access_token"], "application/json")
    signed = await ask(house, held["access_token"])
    assert plain.headers["content-type"] == "application/json"
    assert signed.headers["content-type"] == TYPE
    assert signed.headers["cache-control"] == plain.headers["cache-control"] == "no-store"
    said = await verified(house, signed.text, "ES256", "token-introspection+jwt")
    now = int(house.clock.now().timestamp())
    assert said == {"iss": house.issuer, "aud": "bench", "iat": now, "token_introspection": plain.json()}
    assert plain.json()["active"] is True


@pytest.mark.parametrize(("accept", "signed"), [("*/*", True), ("", True), (TYPE, True), ("application/json", False)])
async def test_who_registered_for_tokens_gets_them_unless_json_is_asked(house, held, accept, signed):
    await sign_with(house, "PS256")
    await register(house, options={"introspection_signed_response_alg": "PS256"})
    answer = await ask(house, held["access_token"], accept)
    assert answer.headers["content-type"] == (TYPE if signed else "application/json")
    if signed:
        said = await verified(house, answer.text, "PS256", "token-introspection+jwt")
        assert said["token_introspection"]["active"] is True


async def test_it_is_encrypted_to_who_registered_for_that(house, held):
    key = KEYS["ECDH-ES"]
    options = {"introspection_encrypted_response_alg": "ECDH-ES", "introspection_encrypted_response_enc": "A128GCM"}
    await register(house, options=options, jwks=public(key))
    answer = await ask(house, held["access_token"])
    header, token = opened(answer.text, key)
    assert (header["enc"], header["cty"]) == ("A128GCM", "JWT")
    said = await verified(house, token, "ES256", "token-introspection+jwt")
    assert said["token_introspection"]["active"] is True
    await register(house, options={}, jwks=public(KEYS["RSA-OAEP-256"]))
    assert (await ask(house, held["access_token"])).status_code == 503


async def test_a_stranger_and_a_dead_token_are_answered_inactive_in_the_same_form(house, held):
    await party(house).post("/revoke", token=held["access_token"])
    for token, app in ((held["access_token"], "bench"), (held["refresh_token"], "glucolink"), ("nonsense", "bench")):
        answer = await ask(house, token, app=app)
        said = await verified(house, answer.text, "ES256", "token-introspection+jwt")
        assert said["token_introspection"] == {"active": False}
        assert said["aud"] == app


async def test_an_audience_of_the_token_is_told_and_nobody_else(house, held):
    def make(db):
        server = replace(store.find(db, "glucolink"), options=Options(audience=f"{house.issuer}/dossier/fhir"))
        return store.replace(db, server, house.clock.now())

    assert await house.database.work(make)
    house.house.clients.forget("glucolink")
    said = await verified(house, (await ask(house, held["access_token"], app="glucolink")).text, "ES256", TYPE[12:])
    assert said["aud"] == "glucolink"
    assert said["token_introspection"]["active"] is True


async def test_the_answer_is_no_access_token(house, held):
    signed = (await ask(house, held["access_token"])).text
    answer = await house.client.get("/userinfo", headers={"authorization": f"Bearer {signed}"})
    assert answer.status_code == 401
    assert (await ask(house, signed, "application/json")).json() == {"active": False}
