"""FAPI 2.0 Security Profile Final, module by module: each test has the name of the suite's own."""

import secrets
from datetime import timedelta

import pytest

from tests.conformance.fapi2 import RESOURCE, Variant
from tests.party import claims_of
from tests.proofs import Prover

DPOP, PLAIN = Variant(), Variant(openid=False)
CERT = Variant(constrain="mtls")
MTLS = Variant(auth="mtls", constrain="mtls", openid=False)
ALL = pytest.mark.parametrize("variant", [DPOP, PLAIN, CERT, MTLS], indirect=True, ids=str)
EACH_PROOF = pytest.mark.parametrize("variant", [DPOP, MTLS], indirect=True, ids=str)
CLIENT_ERRORS = {(401, "invalid_client"), (400, "invalid_client")}
PUSHED_ERRORS = {"invalid_request", "invalid_request_object"}


async def test_discovery_end_point_verification(op):
    for path in ("openid-configuration", "oauth-authorization-server"):
        answer = await op.client.get(f"/.well-known/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        said = answer.json()
        assert said["issuer"] == op.issuer
        assert "code" in said["response_types_supported"]
        assert said["authorization_response_iss_parameter_supported"] is True
        assert said["tls_client_certificate_bound_access_tokens"] is True
        assert isinstance(said["require_pushed_authorization_requests"], bool)
        good = {"PS256", "ES256", "EdDSA"}
        for name in (
            *("dpop_signing_alg_values_supported", "id_token_signing_alg_values_supported"),
            *("token_endpoint_auth_signing_alg_values_supported", "userinfo_signing_alg_values_supported"),
            *("request_object_signing_alg_values_supported", "authorization_signing_alg_values_supported"),
        ):
            assert good & set(said[name]), name
        assert {"private_key_jwt", "tls_client_auth"} <= set(said["token_endpoint_auth_methods_supported"])
        assert "S256" in said["code_challenge_methods_supported"]
        assert "plain" not in said["code_challenge_methods_supported"]
        assert "jwt" in said["response_modes_supported"]
        assert "openid" in said["scopes_supported"]
        assert {"refresh_token", "authorization_code"} <= set(said["grant_types_supported"])
        for name in ("pushed_authorization_request_endpoint", "token_endpoint", "authorization_endpoint", "jwks_uri"):
            assert said[name].startswith(op.issuer)
    keys = (await op.client.get("/jwks")).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not any(member in key for key in keys for member in ("d", "p", "q", "k"))


@ALL
async def test_happy_flow(op, one, two):
    for suite in (one, two):
        more = {"dpop_jkt": suite.prover.jkt} if suite is two and suite.variant.constrain == "dpop" else {}
        state = secrets.token_urlsafe(96)
        pushed = await suite.push(state=state, **more)
        assert pushed.status == 201
        assert pushed.headers["content-type"].startswith("application/json")
        assert pushed["expires_in"] >= 5
        assert len(pushed["request_uri"].partition("par_")[2]) >= 22
        back = await suite.through(await suite.open(pushed["request_uri"]))
        assert set(back) == {"code", "state", "iss"}
        assert (back["state"], back["iss"]) == (state, op.issuer)
        verifier = suite.party.verifiers.get(state) or next(reversed(suite.verifiers.values()))
        answer = await suite.redeem(back["code"], verifier)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store"), answer.body
        assert answer["token_type"] == ("DPoP" if suite.variant.constrain == "dpop" else "Bearer")
        assert answer["expires_in"] > 0
        assert ("id_token" in answer.body) is suite.variant.openid
        if suite.variant.openid:
            said = claims_of(answer["id_token"])
            known = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid"}
            assert set(said) <= known
        name = "550e8400-e29b-41d4-a716-446655440000"
        found = await suite.resource(answer["access_token"], **{"x-fapi-interaction-id": name})
        assert found.status_code == 200, found.text
        assert found.headers["x-fapi-interaction-id"] == name
        for accepted in ("application/json; charset=utf-8", "application/json, application/*, */*"):
            assert (await suite.resource(answer["access_token"], accept=accepted)).status_code == 200
        in_query = await op.client.get(f"{RESOURCE}?access_token={answer['access_token']}")
        assert in_query.status_code in {400, 401, 414}
    stolen = (await one.tokens())["access_token"]
    taken = two.headers(RESOURCE, method="GET", **({"token": stolen} if one.variant.constrain == "dpop" else {}))
    assert (await one.resource(stolen, headers=taken)).status_code == 401


@EACH_PROOF
async def test_user_rejects_authentication(op, one, two):
    for suite in (one, two):
        page = await suite.open((await suite.push(state="s" * 128))["request_uri"])
        back = suite.answer(await suite.browser.submit(page, {"decision": "refuse"}))
        assert set(back) <= {"error", "error_description", "state", "iss"}
        assert (back["error"], back["state"], back["iss"]) == ("access_denied", "s" * 128, op.issuer)


async def test_ensure_authorization_request_without_state_success(one):
    back = await one.through(await one.open((await one.push(state=None))["request_uri"]))
    assert set(back) == {"code", "iss"}


async def test_ensure_authorization_request_without_nonce_success(one):
    answer = await one.tokens(nonce=None)
    assert "nonce" not in claims_of(answer["id_token"])


async def test_ensure_authorization_request_with_64_char_nonce_success(one):
    assert claims_of((await one.tokens(nonce="n" * 64))["id_token"])["nonce"] == "n" * 64


async def test_ensure_authorization_request_with_long_nonce(one):
    assert claims_of((await one.tokens(nonce="n" * 384))["id_token"])["nonce"] == "n" * 384


@pytest.mark.parametrize("length", [384, 1000])
async def test_ensure_authorization_request_with_long_state(one, length):
    back = await one.through(await one.open((await one.push(state="s" * length))["request_uri"]))
    assert back["state"] == "s" * length


async def test_ensure_other_scope_order_succeeds(one):
    assert (await one.tokens(scope=" ".join(reversed(one.scope.split())))).status == 200


async def test_test_claims_parameter_identity_claims(op, one):
    asked = '{"userinfo": {"given_name": {"essential": true}, "made_up_%s": null}, "id_token": {"auth_time": null}}'
    answer = await one.tokens(claims=asked % secrets.token_hex(4))
    info = await one.resource(answer["access_token"], path="/userinfo")
    assert info.status_code == 200
    assert info.json()["sub"] == claims_of(answer["id_token"])["sub"]
    assert info.json()["given_name"] == "Gabrielle"


async def test_access_token_type_header_case_sensitivity(op, one):
    token = (await one.tokens())["access_token"]
    said = one.headers(RESOURCE, method="GET", token=token) | {"authorization": f"dPOP {token}"}
    assert (await op.client.get(RESOURCE, headers=said)).status_code == 200


async def test_check_dpop_proof_nbf_exp(op, one):
    now = int(op.clock.now().timestamp())
    code, verifier = await one.code()
    assert (await one.redeem(code, verifier, headers=one.headers("/token", nbf=now, exp=now + 60))).status == 200


@pytest.mark.parametrize("seconds", [-10, 10])
async def test_ensure_dpopproof_with_iat_10seconds_before_or_after_succeeds(op, one, seconds):
    at = int(op.clock.now().timestamp()) + seconds
    code, verifier = await one.code()
    answer = await one.redeem(code, verifier, headers=one.headers("/token", iat=at))
    assert answer.status == 200
    token = answer["access_token"]
    said = one.headers(RESOURCE, method="GET", token=token, iat=at)
    assert (await one.resource(token, headers=said)).status_code == 200


async def test_ensure_mismatched_dpop_jkt_fails(op, one):
    proof = one.prover.proof("POST", "/par")
    answer = await one.push(headers={"dpop": proof}, dpop_jkt=Prover(op).jkt)
    assert (answer.status, answer["error"]) in {(400, "invalid_request"), (400, "invalid_dpop_proof")}


def announced_by(one, how):
    """The key that will bring the code, told by a proof or by its thumbprint."""
    return {"headers": {"dpop": one.prover.proof("POST", "/par")}} if how == "header" else {"dpop_jkt": one.prover.jkt}


@pytest.mark.parametrize("announced", ["header", "parameter"])
async def test_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(op, one, announced):
    """And ensure-token-endpoint-fails-with-mismatched-dpop-jkt."""
    how = announced_by(one, announced)
    code, verifier = await one.code(**how)
    one.prover = Prover(op)
    answer = await one.redeem(code, verifier)
    assert answer.status == 400
    assert answer["error"] in {"invalid_request", "invalid_grant", "invalid_dpop_proof"}


@pytest.mark.parametrize("announced", ["header", "parameter"])
async def test_ensure_dpopproof_at_par_endpoint_binding_success(one, announced):
    """And ensure-dpop-auth-code-binding-success."""
    how = announced_by(one, announced)
    assert (await one.tokens(**how)).status == 200


async def test_ensure_different_nonce_and_state_inside_and_outside_request_object(one):
    """ensure-different-{nonce,state}-inside-and-outside-request-object, state-only-outside-request-object-not-used."""
    urn = (await one.push(state="inside"))["request_uri"]
    assert (await one.through(await one.open(urn, state="outside", nonce="outside")))["state"] == "inside"
    urn = (await one.push(state=None))["request_uri"]
    assert "state" not in await one.through(await one.open(urn, state="outside"))


async def test_ensure_redirect_uri_in_authorization_request(one):
    answer = await one.push(redirect_uri=None)
    assert (answer.status, answer["error"] in PUSHED_ERRORS) == (400, True)


async def test_plain_fapi_tolerate_unregistered_redirect_uri(one):
    answer = await one.push(redirect_uri=f"https://suite.example/{secrets.token_hex(4)}")
    assert (answer.status, answer["error"] in PUSHED_ERRORS) == (400, True)


@EACH_PROOF
async def test_ensure_unsigned_authorization_request_without_using_par_fails(op, one):
    from urllib.parse import urlencode

    page = await one.browser.get(f"/authorize?{urlencode(one.request(state='st'))}")
    back = one.answer(page)
    assert (back["error"], back["state"]) == ("invalid_request", "st")


@pytest.mark.parametrize("kind", ["code id_token", "token"])
async def test_ensure_response_type_code_idtoken_or_token_fails(one, kind):
    answer = await one.push(response_type=kind)
    assert answer.status == 400
    assert answer["error"] in {"unsupported_response_type", "invalid_request", "unauthorized_client"}


@EACH_PROOF
async def test_ensure_client_id_in_token_endpoint(op, one, two):
    """Client 2's name with client 1's proof."""
    code, verifier = await one.code()
    changes = {"client_id": two.client_id}
    if one.variant.auth == "private_key_jwt":
        changes["client_assertion"] = one.party.assertion(iss=two.client_id, sub=two.client_id)
    answer = await one.redeem(code, verifier, **changes)
    assert (answer.status, answer["error"]) in CLIENT_ERRORS | {(400, "invalid_grant")}


@ALL
async def test_ensure_holder_of_key_required(one):
    code, verifier = await one.code()
    answer = await one.redeem(code, verifier, headers={})
    assert answer.status == (401 if one.variant.auth == "mtls" else 400)
    assert answer["error"] == ("invalid_client" if one.variant.auth == "mtls" else "invalid_request")


@EACH_PROOF
async def test_ensure_authorization_code_is_bound_to_client(one, two):
    code, verifier = await one.code()
    answer = await two.redeem(code, verifier, redirect_uri=one.redirect_uri)
    assert (answer.status, answer["error"]) == (400, "invalid_grant")


async def test_attempt_reuse_authorization_code_after_one_second(op, one):
    code, verifier = await one.code()
    first = await one.redeem(code, verifier)
    op.clock.advance(timedelta(seconds=1))
    again = await one.redeem(code, verifier)
    assert (again.status, again["error"]) == (400, "invalid_grant")
    assert (await one.resource(first["access_token"])).status_code == 401


async def test_ensure_token_endpoint_fails_with_expired_auth_code(op, one):
    code, verifier = await one.code()
    op.clock.advance(timedelta(seconds=62))
    answer = await one.redeem(code, verifier)
    assert (answer.status, answer["error"]) == (400, "invalid_grant")


@EACH_PROOF
async def test_refresh_token(op, one, two):
    first = await one.tokens()
    theirs = await two.tokens()
    if one.variant.constrain == "dpop":
        one.prover = Prover(op)  # a confidential client may change its key
    again = await one.refresh(first["refresh_token"], scope=first["scope"])
    assert (again.status, again.headers["cache-control"]) == (200, "no-store"), again.body
    assert again.body.get("refresh_token", first["refresh_token"]) == first["refresh_token"]
    op.clock.advance(timedelta(seconds=31))
    assert (await one.refresh(first["refresh_token"])).status == 200
    without = await one.refresh(first["refresh_token"], headers={})
    assert without.status in {400, 401}
    assert without["error"] in {"invalid_request", "invalid_grant", "invalid_client"}
    swapped = await one.refresh(theirs["refresh_token"])
    assert (swapped.status, swapped["error"]) == (400, "invalid_grant")


async def test_every_error_is_json_in_plain_ascii(one):
    for answer in (await one.push(redirect_uri=None), await one.redeem("ac_x", "v" * 43), await one.redeem("é", None)):
        assert answer.headers["content-type"].startswith("application/json")
        assert all(" " <= letter <= "~" and letter not in '"\\' for letter in answer["error_description"])
