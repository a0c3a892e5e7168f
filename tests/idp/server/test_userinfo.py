"""OpenID Connect Core §5.3: userinfo as JSON, signed, encrypted, or both; the token brought in each way it may be."""

import json

import pytest
from sqlalchemy import update

from idp.accounts import store as accounts
from idp.accounts.further import PROFILE
from idp.accounts.tables import people
from tests.idp.accounts.test_further import WHOLE
from tests.idp.answers import KEYS, opened, public, register, sign_with, verified
from tests.party import claims_of, party

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def test_the_token_comes_in_a_header_by_get_or_post_or_in_a_form(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    header = {"authorization": f"Bearer {held['access_token']}"}
    answers = [
        await house.client.get("/userinfo", headers=header),
        await house.client.post("/userinfo", headers=header),
        await house.client.post("/userinfo", data={"access_token": held["access_token"]}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == answers[0].json()
    assert answers[0].json()["sub"] == claims_of(held["id_token"])["sub"]


async def test_a_token_in_the_query_is_not_looked_at(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    for method in ("GET", "POST"):
        answer = await house.client.request(method, "/userinfo", params={"access_token": held["access_token"]})
        assert answer.status_code in {400, 401}


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "RS256", "EdDSA"])
async def test_it_is_signed_for_its_client(house, browser, algorithm):
    await sign_with(house, algorithm)
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    plain = (await app.userinfo(held["access_token"])).body
    await register(house, options={"userinfo_signed_response_alg": algorithm})
    answer = await _ask(house, held["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"] == "no-store"
    said = await verified(house, answer.text, algorithm)
    assert said == {**plain, "iss": house.issuer, "aud": "bench"}


@pytest.mark.parametrize("signed", ["", "ES256"])
@pytest.mark.parametrize("algorithm", ["RSA-OAEP-256", "ECDH-ES+A256KW"])
async def test_it_is_encrypted_to_its_client(house, browser, algorithm, signed):
    key = KEYS[algorithm]
    app = party(house)
    held = await app.obtain(browser, choices=ALL)
    plain = (await app.userinfo(held["access_token"])).body
    options = {"userinfo_encrypted_response_alg": algorithm, "userinfo_encrypted_response_enc": "A256CBC-HS512"}
    await register(house, options={**options, "userinfo_signed_response_alg": signed}, jwks=public(key))
    answer = await _ask(house, held["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    header, content = opened(answer.text, key)
    assert header["enc"] == "A256CBC-HS512"
    if signed:
        assert header["cty"] == "JWT"
        assert (await verified(house, content, signed))["family_name"] == "Capanelli"
    else:
        assert "cty" not in header
        assert json.loads(content) == plain


async def test_without_the_client_s_key_nothing_is_told(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    await register(house, options={"userinfo_encrypted_response_alg": "ECDH-ES"}, jwks=public(KEYS["RSA-OAEP-256"]))
    answer = await _ask(house, held["access_token"])
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"


async def test_a_signed_answer_is_no_token_of_ours(house, browser):
    """Same issuer, same keys: what it is not is said by its type."""
    await register(house, options={"userinfo_signed_response_alg": "ES256"})
    held = await party(house).obtain(browser, choices=ALL)
    signed = (await _ask(house, held["access_token"])).text
    assert (await _ask(house, signed)).status_code == 401


async def _ask(house, token):
    return await house.client.get("/userinfo", headers={"authorization": f"Bearer {token}"})


async def test_the_rest_of_the_standard_claims_is_told_where_it_is_known(house, browser):
    """The question of the conformance suite's modules `oidcc-scope-profile` and `oidcc-scope-address`."""
    person = await house.database.read(
        lambda db: accounts.by_identifier(db, house.person("gabrielle")["identifier"]).person_id
    )
    mine = people.c.id == person
    await house.database.work(lambda db: db.execute(update(people).where(mine).values(further=WHOLE)) and None)
    await register(house, options={}, scope=frozenset({"openid", "profile", "address"}))
    for scopes, names in ((("profile",), set(PROFILE)), (("profile", "address"), {*PROFILE, "address"})):
        scope = " ".join(("openid", *scopes))
        held = await party(house).obtain(browser, scope=scope, choices={"scope": list(scopes)})
        told = (await party(house).userinfo(held["access_token"])).body
        assert {name: told[name] for name in told.keys() & WHOLE.keys()} == {name: WHOLE[name] for name in names}
        assert told["family_name"] == "Capanelli"
