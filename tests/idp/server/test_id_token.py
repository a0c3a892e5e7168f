"""OpenID Connect Core §2, §3.1.3, §16.14: the id token, as each client registered for it."""

import base64
import hashlib

import pytest

from tests.idp.answers import KEYS, opened, public, register, sign_with, verified
from tests.party import claims_of, party

ALL = {"scope": ["profile", "email", "phone"]}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "RS256", "EdDSA"])
async def test_it_is_signed_as_registered_and_its_hash_is_of_that_algorithm(house, browser, algorithm):
    await sign_with(house, algorithm)
    await register(house, options={}, id_token_signed_response_alg=algorithm)
    held = await party(house).obtain(browser, choices=ALL)
    claims = await verified(house, held["id_token"], algorithm)
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(held["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert claims["at_hash"] == half


async def test_it_says_who_how_and_when_and_nothing_that_was_not_asked(house, browser):
    held = await party(house).obtain(browser, choices=ALL, nonce="n-1")
    claims = claims_of(held["id_token"])
    assert claims.keys() == {"iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "at_hash", "sid", "nonce"}
    assert claims["aud"] == "bench"
    assert claims["nonce"] == "n-1"
    assert set(claims["amr"]) <= {"pwd", "otp", "sms", "mfa", "user"}, "RFC 8176"
    fresh = claims_of((await party(house).refresh(held["refresh_token"]))["id_token"])
    assert "nonce" not in fresh
    assert {name: fresh[name] for name in ("sub", "aud", "auth_time", "sid")} == {
        name: claims[name] for name in ("sub", "aud", "auth_time", "sid")
    }


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("encoding", ["", "A256GCM"])
async def test_it_is_encrypted_to_the_client_s_own_key(house, browser, algorithm, encoding):
    options = {"id_token_encrypted_response_alg": algorithm, "id_token_encrypted_response_enc": encoding}
    await register(house, options=options, jwks=public(KEYS[algorithm]))
    held = await party(house).obtain(browser, choices=ALL, nonce="n-2")
    header, token = opened(held["id_token"], KEYS[algorithm])
    assert (header["alg"], header["enc"], header["cty"]) == (algorithm, encoding or "A128CBC-HS256", "JWT")
    assert header["kid"] == KEYS[algorithm].kid
    assert (await verified(house, token, "ES256"))["nonce"] == "n-2"
    again = await party(house).refresh(held["refresh_token"])
    assert (await verified(house, opened(again["id_token"], KEYS[algorithm])[1], "ES256"))["sub"]


async def test_nothing_is_sent_in_the_clear_when_the_key_is_gone_and_the_code_stays_good(house, browser):
    key = KEYS["ECDH-ES"]
    await register(house, options={"id_token_encrypted_response_alg": "ECDH-ES"}, jwks=public(key))
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser), **ALL)
    verifier = app.verifiers[back["state"]]
    await register(house, options={}, jwks=public(KEYS["RSA-OAEP-256"]))
    refused = await app.exchange(back["code"], verifier=verifier)
    assert refused.status == 503
    assert refused.refused_with("temporarily_unavailable")
    assert refused.headers["retry-after"]
    await register(house, options={}, jwks=public(key))
    assert (await app.exchange(back["code"], verifier=verifier)).status == 200


async def test_the_person_s_own_resource_is_told_with_its_scope_alone(house, browser):
    held = await party(house).obtain(
        browser,
        scope="openid fhirUser patient/Observation.rs",
        choices={"consent": ["measures:read"], "duration": "P3M"},
    )
    claims = claims_of(held["id_token"])
    assert claims["fhirUser"] == f"{house.issuer}/dossier/fhir/Patient/{held['patient']}"
    assert held["patient"] == claims["sub"]
    held = await party(house).obtain(browser, scope="openid profile", choices=ALL)
    assert "fhirUser" not in claims_of(held["id_token"])
