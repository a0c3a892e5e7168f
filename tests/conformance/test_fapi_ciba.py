"""FAPI-CIBA (`fapi-ciba-id1-test-plan`), module by module: each test has the name of the suite's own."""

import re
from collections.abc import AsyncIterator

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.ciba import Catcher, caught, later
from tests.conformance import fapi_ciba
from tests.conformance.conftest import AUTHORITY
from tests.conformance.fapi_ciba import NOTIFICATION_TOKEN, Suite
from tests.party import ASSERTION_TYPE, Reply, claims_of
from tests.proofs import rsa_key

MTLS = pytest.mark.parametrize("auth", ["mtls"])
BY_KEY = pytest.mark.parametrize("auth", ["private_key_jwt"])
BOTH = pytest.mark.parametrize("auth", ["private_key_jwt", "mtls"])
PING = pytest.mark.parametrize("mode", ["ping"])


@pytest.fixture
async def catcher() -> AsyncIterator[Catcher]:
    async with caught() as one:
        yield one


@pytest.fixture
def auth() -> str:
    return "private_key_jwt"


@pytest.fixture
def mode() -> str:
    return "poll"


@pytest.fixture
async def one(op, auth, mode, catcher) -> Suite:
    at = catcher.url if mode == "ping" else ""
    return await fapi_ciba.client(op, 1, AUTHORITY, auth=auth, notified_at=at)


@pytest.fixture
async def two(op, auth, mode, catcher) -> Suite:
    at = catcher.url if mode == "ping" else ""
    return await fapi_ciba.client(op, 2, AUTHORITY, auth=auth, notified_at=at)


def invalid(said: Reply, error: str = "invalid_request", status: int = 400) -> bool:
    assert (said.status, said.body["error"]) == (status, error), said.body
    assert not set(said.body.get("error_description", "")) & set("\r\n\t")
    return True


async def test_discovery_end_point_verification(op):
    said = (await op.client.get("/.well-known/openid-configuration")).json()
    assert said["backchannel_authentication_endpoint"] == f"{op.issuer}/bc-authorize"
    assert {"poll", "ping"} <= set(said["backchannel_token_delivery_modes_supported"])
    assert "urn:openid:params:grant-type:ciba" in said["grant_types_supported"]
    algorithms = set(said["backchannel_authentication_request_signing_alg_values_supported"])
    assert {"PS256", "ES256"} <= algorithms
    assert not {"RS256", "none", "HS256"} & algorithms
    assert said["backchannel_user_code_parameter_supported"] is True
    assert said["tls_client_certificate_bound_access_tokens"] is True
    assert {"private_key_jwt", "tls_client_auth"} <= set(said["token_endpoint_auth_methods_supported"])


@BOTH
@pytest.mark.parametrize("mode", ["poll", "ping"])
async def test_fapi_ciba_id1(op, one, two, catcher, mode):
    for suite, more in ((one, {}), (two, {"acr_values": "eidas2", "requested_expiry": 300})):
        asked = await suite.begin(**more)
        assert asked.status == 200, asked.body
        assert asked["expires_in"] > 0
        assert asked["interval"] >= 5
        assert re.fullmatch(r"[A-Za-z0-9._-]{27,}", asked["auth_req_id"])
        assert invalid(await suite.poll(asked["auth_req_id"]), "authorization_pending")
        await suite.decided(asked["auth_req_id"])
        later(op)
        tokens = await suite.poll(asked["auth_req_id"])
        assert tokens.status == 200, tokens.body
        assert tokens["token_type"] == "Bearer"
        said = claims_of(tokens["id_token"])
        assert said["acr"] == "eidas2"
        assert not {"c_hash", "s_hash"} & said.keys()
        assert said["at_hash"]
        assert "x5t#S256" in claims_of(tokens["access_token"])["cnf"]
        assert await suite.resource(tokens["access_token"]) == 200
        assert await suite.resource(tokens["access_token"], {}) == 401
        other = two if suite is one else one
        assert await suite.resource(tokens["access_token"], other.certificate()) == 401
        query = await op.client.get(f"/dossier/fhir/Observation?access_token={tokens['access_token']}")
        assert query.status_code in {400, 401}
        assert invalid(await suite.poll(asked["auth_req_id"]), "invalid_grant")
        if mode == "ping":
            headers, body = catcher.calls.pop()
            assert body == {"auth_req_id": asked["auth_req_id"]}
            assert headers["authorization"] == f"Bearer {NOTIFICATION_TOKEN}"
            assert headers["content-type"] == "application/json"
    assert catcher.calls == []


@pytest.mark.parametrize("mode", ["poll", "ping"])
async def test_user_rejects_authentication(one, catcher, mode):
    asked = await one.begin()
    await one.decided(asked["auth_req_id"], "deny")
    assert invalid(await one.poll(asked["auth_req_id"]), "access_denied")
    assert len(catcher.calls) == (mode == "ping")


async def test_multiple_call_to_token_endpoint(one):
    asked = await one.begin()
    said = {(await one.poll(asked["auth_req_id"])).body["error"] for _ in range(20)}
    assert said <= {"authorization_pending", "slow_down"}


async def test_auth_req_id_expired(op, one):
    asked = await one.begin(requested_expiry=30)
    later(op, asked["expires_in"] + 5)
    assert invalid(await one.poll(asked["auth_req_id"]), "expired_token")


async def test_ensure_authorization_request_with_binding_message_succeeds(one):
    assert (await one.begin(binding_message="1234")).status == 200


async def test_ensure_other_scope_order_succeeds(one):
    assert (await one.begin(scope="offline_access openid")).status == 200


async def test_ensure_requested_expiry_as_string_succeeds(one):
    assert (await one.begin(requested_expiry="30"))["expires_in"] == 30


async def test_ensure_authorization_request_with_potentially_bad_binding_message(one):
    message = "1234 \U0001f44d\U0001f3ff 品川 Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 7
    assert invalid(await one.begin(binding_message=message), "invalid_binding_message")


@BOTH
@pytest.mark.parametrize("claim", ["aud", "iss", "exp", "iat", "nbf", "jti"])
async def test_ensure_request_object_missing_claim_fails(one, claim):
    """`ensure-request-object-missing-{aud,iss,exp,iat,nbf,jti}-fails`."""
    assert invalid(await one.begin(**{claim: None}))


@pytest.mark.parametrize(
    ("claim", "seconds"), [("exp", -300), ("exp", 70 * 60), ("nbf", 10 * 60), ("nbf", -70 * 60)], ids=str
)
async def test_ensure_request_object_times_fail(op, one, claim, seconds):
    """`expired-exp`, `exp-is-70-minutes-in-future`, `nbf-is-10-minutes-in-future`, `nbf-is-70-minutes-in-past`."""
    assert invalid(await one.begin(**{claim: int(op.clock.now().timestamp()) + seconds}))


@pytest.mark.parametrize("claims", [{"aud": "https://www.other1.example.com/"}, {"iss": "another"}], ids=str)
async def test_ensure_request_object_bad_aud_or_iss_fails(one, claims):
    assert invalid(await one.begin(**claims))


async def test_ensure_request_object_signature_algorithm_is_none_fails(one):
    _, body, _ = one.object(scope="openid").split(".")
    assert invalid(await one.post("/bc-authorize", request=f"eyJhbGciOiJub25lIn0.{body}."))


async def test_ensure_request_object_signature_algorithm_is_bad_fails(one):
    token = one.object(scope="openid", login_hint="x")
    assert invalid(await one.post("/bc-authorize", request=f"{token[:-8]}AAAAAAAA"))


async def test_ensure_request_object_signature_algorithm_is_RS256_fails(one):  # noqa: N802 - the suite's own name
    token = jwt.encode({"alg": "RS256"}, {"scope": "openid"}, rsa_key())
    assert invalid(await one.post("/bc-authorize", request=token))


async def test_ensure_request_object_signed_by_other_client_fails(one, two):
    asked = {"scope": "openid", "login_hint": one.home.person("gabrielle")["identifier"]}
    token = one.object(**asked, key=ECKey.import_key(two.known["jwk"]))
    assert invalid(await one.post("/bc-authorize", request=token))


async def test_ensure_authorization_request_with_multiple_hints_fails(one):
    assert invalid(await one.begin(id_token_hint="eyJ", login_hint_token="x"))


@BOTH
async def test_ensure_wrong_auth_req_id_in_token_endpoint_request(one, two):
    asked = await one.begin()
    await one.decided(asked["auth_req_id"])
    assert invalid(await two.poll(asked["auth_req_id"]), "invalid_grant")


async def test_ensure_unsigned_backchannel_authorization_request_fails(one):
    hint = one.home.person("gabrielle")["identifier"]
    assert invalid(await one.post("/bc-authorize", scope="openid", login_hint=hint, binding_message="1234"))


@MTLS
async def test_ensure_different_client_id_and_issuer_in_backchannel_authorization_request(one, two):
    asked = {"scope": "openid", "login_hint": one.home.person("gabrielle")["identifier"]}
    said = await one.post("/bc-authorize", request=one.object(**asked), client_id=two.client_id)
    assert invalid(said, "invalid_client", 401)


@MTLS
async def test_ensure_wrong_client_id_in_backchannel_authorization_request(one, two):
    asked = {"scope": "openid", "login_hint": one.home.person("gabrielle")["identifier"]}
    token = one.object(**asked, iss=two.client_id)
    assert invalid(await one.post("/bc-authorize", request=token, client_id=two.client_id), "invalid_client", 401)


@MTLS
async def test_ensure_wrong_client_id_in_token_endpoint_request(one, two):
    asked = await one.begin()
    await one.decided(asked["auth_req_id"])
    form = {"grant_type": fapi_ciba.GRANT, "auth_req_id": asked["auth_req_id"], "client_id": two.client_id}
    assert invalid(await one.post("/token", **form), "invalid_client", 401)


@BY_KEY
@pytest.mark.parametrize("path", ["/bc-authorize", "/token"])
async def test_ensure_without_client_assertion_fails(one, path):
    asked = {"scope": "openid", "login_hint": one.home.person("gabrielle")["identifier"]}
    form = {"request": one.object(**asked), "client_id": one.client_id, "grant_type": fapi_ciba.GRANT}
    said = await one.home.client.post(path, data=form, headers=one.certificate())
    assert (said.status_code, said.json()["error"]) == (401, "invalid_client")


async def sent(one: Suite, assertion: str, path: str = "/bc-authorize", kind: str = ASSERTION_TYPE) -> tuple[int, str]:
    asked = {"scope": "openid", "login_hint": one.home.person("gabrielle")["identifier"]}
    form = {"request": one.object(**asked)} if path == "/bc-authorize" else {"grant_type": fapi_ciba.GRANT}
    proof = {"client_assertion": assertion, "client_assertion_type": kind}
    said = await one.home.client.post(path, data={**form, **proof}, headers=one.certificate())
    return said.status_code, said.json().get("error", "")


@BY_KEY
@pytest.mark.parametrize("path", ["/bc-authorize", "/token"])
async def test_ensure_client_assertion_signature_algorithm_is_RS256_fails(one, path):  # noqa: N802
    now = int(one.home.clock.now().timestamp())
    claims = {"iss": one.client_id, "sub": one.client_id, "aud": one.home.issuer, "exp": now + 60, "jti": "j" * 12}
    assert await sent(one, jwt.encode({"alg": "RS256"}, claims, rsa_key()), path) == (401, "invalid_client")


@BY_KEY
@pytest.mark.parametrize("audience", ["", "/token", "/bc-authorize"])
async def test_ensure_client_assertion_audiences_succeed(one, audience):
    """Also `ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds`."""
    status, _ = await sent(one, one.assertion(aud=f"{one.home.issuer}{audience}"))
    assert status == 200
    if audience != "/bc-authorize":
        assert (await sent(one, one.assertion(aud=f"{one.home.issuer}{audience}"), "/token"))[1] == "invalid_request"


@BY_KEY
@pytest.mark.parametrize(
    "changes",
    [{"sub": None}, {"sub": "x"}, {"iss": None}, {"iss": "x"}, {"aud": None}, {"aud": "https://x.example"}, {"exp": 1}],
    ids=str,
)
async def test_ensure_invalid_client_assertions_in_backchannel_authorization_request_fail(one, changes):
    assert await sent(one, one.assertion(**changes)) == (401, "invalid_client")


@PING
@pytest.mark.parametrize("status", [200, 401, 403, 301])
async def test_ping_backchannel_notification_endpoint_answers_anything(op, one, catcher, status):
    """`response-has-body`, `returns-401`, `returns-403`, `require-server-does-not-retry`, `return-redirect-request`."""
    catcher.status, catcher.location = status, f"{catcher.url}/elsewhere" if status == 301 else ""
    asked = await one.begin()
    await one.decided(asked["auth_req_id"])
    for _ in range(3):
        later(op, 20)
        await op.ground.outbox.drain()
    assert len(catcher.calls) == 1
    assert (await one.poll(asked["auth_req_id"])).status == 200


@BOTH
async def test_refresh_token(op, one, two):
    asked = await one.begin()
    await one.decided(asked["auth_req_id"])
    tokens = await one.poll(asked["auth_req_id"])
    for _ in range(2):
        later(op, 31)
        again = await one.refresh(tokens["refresh_token"])
        assert again.status == 200, again.body
        assert await one.resource(again["access_token"]) == 200
    assert invalid(await two.refresh(tokens["refresh_token"]), "invalid_grant")


@BOTH
async def test_ensure_mtls_holder_of_key_required(op, one, auth):
    asked = await one.begin()
    await one.decided(asked["auth_req_id"])
    form = {"grant_type": fapi_ciba.GRANT, "auth_req_id": asked["auth_req_id"]}
    said = await one.post("/token", headers={}, **form)
    assert said.status in {400, 401}
    assert said.body["error"] in {"invalid_request", "invalid_client"}
    assert (await one.poll(asked["auth_req_id"])).status == 200
