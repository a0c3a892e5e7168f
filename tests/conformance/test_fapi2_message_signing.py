"""FAPI 2.0 Message Signing Final: signed requests, signed answers, signed introspection."""

import secrets

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance.fapi2 import Variant
from tests.proofs import ec_key

SIGNED = Variant(signed=True)
JARM = Variant(signed=True, jarm=True)
PLAIN_JARM = Variant(auth="mtls", constrain="mtls", openid=False, signed=True, jarm=True)


@pytest.fixture
def variant(request):
    return getattr(request, "param", SIGNED)


OBJECT_ERRORS = {"invalid_request", "invalid_request_object"}


async def pushed(one, value):
    return await one.post("/par", request=value, client_id=one.client_id)


async def refused(one, *, asked=None, **changes):
    answer = await pushed(one, one.object(one.request(**(asked or {})), **changes))
    assert (answer.status, answer["error"]) == (400, "invalid_request_object"), answer.body


async def test_happy_flow(one):
    assert (await one.tokens()).status == 200


async def test_ensure_request_object_with_multiple_aud_succeeds(op, one):
    value = one.object(one.request(), aud=[op.issuer, "https://other.example"])
    assert (await pushed(one, value)).status == 201


async def test_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(op, one):
    value = one.object(one.request(), nbf=int(op.clock.now().timestamp()) + 8)
    assert (await pushed(one, value)).status == 201


async def test_a_typed_request_object_is_taken(op, one):
    asked, key = one.request(), one.party.known["jwk"]
    from joserfc.jwk import ECKey

    own, now = ECKey.import_key(key), int(op.clock.now().timestamp())
    said = {"iss": one.client_id, "aud": op.issuer, "nbf": now, "iat": now, "exp": now + 60, **asked}
    value = jwt.encode({"alg": "ES256", "kid": own.kid, "typ": "oauth-authz-req+jwt"}, said, own)
    assert (await pushed(one, value)).status == 201


@pytest.mark.parametrize("name", ["exp", "nbf", "aud"])
async def test_ensure_request_object_without_exp_nbf_or_aud_fails(one, name):
    await refused(one, **{name: None})


async def test_ensure_expired_request_object_fails(op, one):
    now = int(op.clock.now().timestamp())
    await refused(one, nbf=now - 600, exp=now - 300)


async def test_ensure_request_object_with_bad_aud_fails(one):
    await refused(one, aud="https://other.example")


async def test_ensure_request_object_with_exp_over_60_fails(op, one):
    await refused(one, exp=int(op.clock.now().timestamp()) + 70 * 60)


async def test_ensure_request_object_with_nbf_over_60_fails(op, one):
    await refused(one, nbf=int(op.clock.now().timestamp()) - 70 * 60)


async def test_ensure_request_object_signature_algorithm_is_not_none(one):
    good = one.object(one.request())
    answer = await pushed(one, "eyJhbGciOiJub25lIn0." + good.split(".")[1] + ".")
    assert (answer.status, answer["error"]) == (400, "invalid_request_object")


async def test_ensure_request_object_with_invalid_signature_fails(one):
    good = one.object(one.request())
    head, _, signature = good.rpartition(".")
    answer = await pushed(one, f"{head}.{'A' * len(signature)}")
    assert (answer.status, answer["error"]) == (400, "invalid_request_object")


async def test_ensure_matching_key_in_authorization_request(one):
    answer = await pushed(one, one.object(one.request(), key=ec_key()))
    assert answer["error"] in OBJECT_ERRORS


async def test_ensure_request_object_without_redirect_uri_fails(one):
    answer = await pushed(one, one.object(one.request(redirect_uri=None)))
    assert answer["error"] in OBJECT_ERRORS


async def test_ensure_unsigned_request_at_par_endpoint_fails(one):
    answer = await one.post("/par", **one.request())
    assert (answer.status, answer["error"]) == (400, "invalid_request")


async def test_par_authorization_request_containing_request_uri(one):
    await refused(one, request_uri="urn:ietf:params:oauth:request_uri:x")


@pytest.mark.parametrize("variant", [JARM, PLAIN_JARM], indirect=True, ids=str)
async def test_signed_answers(op, one):
    """response_mode=jwt: the code, a refusal, and a fault of the request."""
    assert (await one.tokens()).status == 200
    urn = (await one.push(state="st", scope="openid profile" if one.variant.openid else "profile"))["request_uri"]
    page = await one.open(urn)
    said = await one.opened(one.answer(await one.browser.submit(page, {"decision": "refuse"})))
    assert (said["error"], said["state"]) == ("access_denied", "st")


async def test_signed_introspection(op, one):
    """RFC 9701: to the client itself and to an audience of the token."""
    token = (await one.tokens())["access_token"]
    headers = {"accept": "application/token-introspection+jwt"}
    proof = one.proof() | {"token": token}
    answer = await op.client.post("/introspect", data=proof, headers=headers)
    assert answer.headers["content-type"].startswith("application/token-introspection+jwt")
    keys = KeySet.import_key_set((await op.client.get("/jwks")).json())
    found = jwt.decode(answer.text, keys, algorithms=["ES256", "PS256", "EdDSA"])
    assert found.header["typ"] == "token-introspection+jwt"
    assert (found.claims["iss"], found.claims["aud"]) == (op.issuer, one.client_id)
    said = found.claims["token_introspection"]
    assert said["active"] is True
    assert said["cnf"] == {"jkt": one.prover.jkt}
    assert secrets.compare_digest(said["client_id"], one.client_id)
