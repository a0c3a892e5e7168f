"""FAPI 2.0 Security Profile Final: how clients prove themselves, and the requests that they push."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt

from clients import store
from tests.proofs import rsa_key

CLIENT_ERRORS = {(401, "invalid_client"), (400, "invalid_client")}
PUSHED_ERRORS = {"invalid_request", "invalid_request_object"}


async def test_ensure_signed_client_assertion_with_rs256_fails(op, one):
    key = rsa_key()
    found = await op.database.read(lambda db: store.find(db, one.client_id))
    public = {"keys": [key.as_dict(private=False)]}
    await op.database.work(lambda db: store.replace(db, replace(found, jwks=public), op.clock.now()))
    op.house.clients.forget(one.client_id)
    now = int(op.clock.now().timestamp())
    said = {"iss": one.client_id, "sub": one.client_id, "aud": op.issuer, "exp": now + 60, "iat": now, "jti": "j" * 20}
    for algorithm, status in (("RS256", 401), ("PS256", 201)):
        said["jti"] = secrets.token_hex(10)
        value = jwt.encode({"alg": algorithm, "kid": key.kid}, said, key, algorithms=[algorithm])
        answer = await one.post("/par", client_assertion=value, **one.request())
        assert answer.status == status, answer.body


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": -300},
        {"aud": "https://elsewhere.example"},
        {"aud": ["{issuer}"]},
        {"aud": "{issuer}/par"},
        {"aud": "{issuer}/token"},
        {"sub": None},
        {"sub": "another"},
        {"iss": None},
        {"iss": "another"},
        {"aud": None},
        {"exp": None},
        {"jti": None},
        {"nbf": 62},
        {"iat": 62},
    ],
)
async def test_ensure_invalid_client_assertions_fail(op, one, changes):
    """ensure-client-assertion-with-{exp-is-5-minutes-in-past,wrong-aud,no-sub}-fails, par-test-{array-as,
    par-endpoint-url-as,token-endpoint-url-as}-audience-fails, …-nbf-over-60-seconds-in-the-future-fails."""
    now = int(op.clock.now().timestamp())

    def fill(name, value):
        if name in {"exp", "nbf", "iat"} and value is not None:
            return now + value
        if isinstance(value, list):
            return [each.format(issuer=op.issuer) for each in value]
        return value.format(issuer=op.issuer) if isinstance(value, str) else value

    said = {name: fill(name, value) for name, value in changes.items()}
    answer = await one.post("/par", client_assertion=one.party.assertion(**said), **one.request())
    assert (answer.status, answer["error"]) in CLIENT_ERRORS | {(400, "invalid_request")}
    good = await one.push()
    assert good.status == 201


async def test_ensure_client_assertion_in_token_endpoint(one):
    code, verifier = await one.code()
    nothing = {"client_assertion": None, "client_assertion_type": None, "client_id": one.client_id}
    answer = await one.redeem(code, verifier, **nothing)
    assert (answer.status, answer["error"]) in {(401, "invalid_client"), (400, "invalid_request")}


async def test_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(op, one):
    at = int(op.clock.now().timestamp()) + 8
    answer = await one.post("/par", client_assertion=one.party.assertion(nbf=at, iat=at), **one.request())
    assert answer.status == 201


async def test_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(one):
    urn = (await one.push())["request_uri"]
    await one.open(urn)
    assert "code" in await one.through(await one.open(urn))


async def test_par_attempt_reuse_request_uri(one):
    urn = (await one.push())["request_uri"]
    await one.through(await one.open(urn))
    page = await one.open(urn)
    assert (page.status, "suite.example" in page.location) == (400, False)


async def test_par_attempt_to_use_expired_request_uri(op, one):
    pushed = await one.push()
    op.clock.advance(timedelta(seconds=pushed["expires_in"] + 1))
    assert (await one.open(pushed["request_uri"])).status == 400


async def test_par_attempt_to_use_request_uri_for_different_client(one, two):
    assert (await two.open((await one.push())["request_uri"])).status == 400


async def test_par_authorization_request_containing_request_uri_form_param(one):
    answer = await one.push(request_uri="urn:ietf:params:oauth:request_uri:x")
    assert answer["error"] in {*PUSHED_ERRORS, "request_uri_not_supported"}


async def test_par_attempt_invalid_http_method(op):
    assert (await op.client.put("/par")).status_code == 405


@pytest.mark.parametrize(
    "changes", [{"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}]
)
async def test_par_ensure_pkce_required_and_plain_pkce_rejected(one, changes):
    answer = await one.push(**changes)
    assert (answer.status, answer["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("verifier", [None, "w" * 43])
async def test_ensure_pkce_code_verifier_required_and_incorrect_one_rejected(one, verifier):
    code, _ = await one.code()
    answer = await one.redeem(code, verifier)
    assert (answer.status, answer["error"]) == (400, "invalid_grant")


async def test_par_without_duplicate_parameters(one):
    urn = (await one.push())["request_uri"]
    page = await one.browser.get(f"/authorize?client_id={one.client_id}&request_uri={urn}")
    assert "code" in await one.through(page)
