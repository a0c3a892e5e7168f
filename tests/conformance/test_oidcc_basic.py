"""OpenID Connect Basic and Form Post Basic, module by module: each test has the name of the suite's own."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance import oidc
from tests.conformance.oidc import CALLBACK
from tests.party import claims_of


@pytest.fixture(params=["query", "form_post"])
async def rp(op, person, request):
    made = await oidc.relying(op, person)
    made.mode = None if request.param == "query" else request.param
    return made


async def test_oidcc_server(op, rp):
    page = await rp.ask(state="st", nonce="n")
    back = await rp.through(page)
    assert set(back) == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("st", op.issuer)
    answer = await rp.redeem(back["code"])
    keys = KeySet.import_key_set((await op.client.get("/jwks")).json())
    token = jwt.decode(answer["id_token"], keys, algorithms=["RS256"])
    assert token.header["kid"]
    said, now = token.claims, op.clock.now().timestamp()
    assert (said["iss"], said["aud"], said["nonce"]) == (op.issuer, rp.client_id, "n")
    assert said["iat"] <= now < said["exp"]
    assert len(said["sub"]) <= 255
    info = await rp.userinfo(answer["access_token"])
    assert (info.status_code, info.json()["sub"]) == (200, said["sub"])


async def test_oidcc_response_type_missing(rp):
    back = rp.answer(await rp.ask(response_type=None))
    assert back["error"] in {"invalid_request", "unsupported_response_type"}


async def test_oidcc_userinfo_get_post_header_and_post_body(op, rp):
    token = (await rp.tokens())["access_token"]
    answers = [
        await rp.userinfo(token),
        await op.client.post("/userinfo", headers={"authorization": f"Bearer {token}"}),
        await op.client.post("/userinfo", data={"access_token": token}),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert len({answer.json()["sub"] for answer in answers}) == 1


async def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp):
    assert "nonce" not in claims_of((await rp.tokens(nonce=None))["id_token"])


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        ("profile", {"name", "given_name", "family_name", "birthdate", "gender", "updated_at"}),
        ("email", {"email", "email_verified"}),
        ("phone", {"phone_number", "phone_number_verified"}),
        ("profile email phone", {"name", "email", "phone_number"}),
    ],
)
async def test_oidcc_scope(rp, scope, wanted):
    """oidcc-scope-{profile,email,phone,all}; claims come from userinfo, not in the id token."""
    answer = await rp.tokens(scope=f"openid {scope}")
    said = (await rp.userinfo(answer["access_token"])).json()
    assert wanted <= set(said)
    assert not wanted & set(claims_of(answer["id_token"]))
    assert isinstance(said.get("updated_at", 0), int)
    assert said.get("email_verified", True) in {True, False}


async def test_oidcc_ensure_other_scope_order_succeeds(rp):
    assert (await rp.tokens(scope="email openid")).status == 200


@pytest.mark.parametrize("display", ["page", "popup"])
async def test_oidcc_display(rp, display):
    assert (await rp.tokens(display=display)).status == 200


async def test_oidcc_prompt_login(op, rp, person):
    first = claims_of((await rp.tokens())["id_token"])["auth_time"]
    op.clock.advance(timedelta(seconds=1))
    page = await rp.ask(prompt="login")
    assert page.path == "/signin"
    page = await op.through(person, page, op.person("gabrielle"))
    answer = await rp.redeem((await rp.through(page))["code"])
    assert claims_of(answer["id_token"])["auth_time"] > first


async def test_oidcc_prompt_none_not_logged_in(op, rp):
    back = rp.answer(await rp.ask(op.browser(), prompt="none", state="s" * 128))
    assert back["error"] == "login_required"
    assert back["state"] == "s" * 128
    assert set(back) <= {"error", "error_description", "state", "iss"}


async def test_oidcc_prompt_none_logged_in_and_id_token_hint(rp):
    first = await rp.tokens()
    for more in ({}, {"id_token_hint": first["id_token"]}):
        page = await rp.ask(prompt="none", **more)
        again = await rp.redeem(rp.answer(page)["code"])
        before, after = claims_of(first["id_token"]), claims_of(again["id_token"])
        assert (before["sub"], before["auth_time"]) == (after["sub"], after["auth_time"])


async def test_oidcc_max_age_1(op, rp, person):
    first = claims_of((await rp.tokens())["id_token"])["auth_time"]
    op.clock.advance(timedelta(seconds=2))
    page = await rp.ask(max_age=1)
    assert page.path == "/signin"
    page = await op.through(person, page, op.person("gabrielle"))
    answer = await rp.redeem((await rp.through(page))["code"])
    assert claims_of(answer["id_token"])["auth_time"] > first


async def test_oidcc_max_age_10000(rp):
    first = claims_of((await rp.tokens(max_age=15000))["id_token"])["auth_time"]
    page = await rp.ask(max_age=10000)
    assert rp.back(page)
    assert claims_of((await rp.redeem(rp.answer(page)["code"]))["id_token"])["auth_time"] == first


@pytest.mark.parametrize(
    "more",
    [{"extra": "foobar"}, {"login_hint": "buffy@suite.example"}, {"ui_locales": "se"}, {"claims_locales": "se"}],
)
async def test_oidcc_ensure_request_with_unknown_parameter_and_hints_succeeds(rp, more):
    """oidcc-ensure-request-with-unknown-parameter-succeeds, -login-hint, -ui-locales, -claims-locales."""
    assert (await rp.tokens(**more)).status == 200


async def test_oidcc_ensure_request_with_acr_values_succeeds(op, rp):
    known = (await op.client.get("/.well-known/openid-configuration")).json()["acr_values_supported"]
    answer = await rp.tokens(acr_values=" ".join(known))
    assert claims_of(answer["id_token"])["acr"] in known


@pytest.mark.parametrize("seconds", [0, 30])
async def test_oidcc_codereuse(op, rp, seconds):
    """And oidcc-codereuse-30seconds: the tokens given first are dead too."""
    code = (await rp.through(await rp.ask()))["code"]
    first = await rp.redeem(code)
    op.clock.advance(timedelta(seconds=seconds))
    again = await rp.redeem(code)
    assert (again.status, again["error"]) == (400, "invalid_grant")
    assert (await rp.userinfo(first["access_token"])).status_code == 401


async def test_oidcc_ensure_registered_redirect_uri(rp):
    page = await rp.ask(redirect_uri=f"{CALLBACK}/other")
    assert (page.status, rp.back(page)) == (400, False)


async def test_oidcc_ensure_post_request_succeeds(op, rp, person):
    page = await person.come("/authorize", rp.request(), origin="https://suite.example")
    assert "code" in await rp.through(page)


async def test_oidcc_server_client_secret_post(op, person):
    rp = await oidc.relying(op, person, "posting", post=True)
    assert (await rp.tokens()).status == 200


async def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(op, rp):
    known = (await op.client.get("/.well-known/openid-configuration")).json()
    assert "none" not in known["request_object_signing_alg_values_supported"]
    asked = rp.request()
    value = jwt_none(asked)
    back = rp.answer(await rp.browser.get(f"/authorize?{urlencode({**asked, 'request': value})}"))
    assert back["error"] == "invalid_request_object"


async def test_oidcc_claims_essential(rp):
    answer = await rp.tokens(claims='{"userinfo": {"name": {"essential": true}}}')
    assert (await rp.userinfo(answer["access_token"])).json()["name"]
    assert "name" not in claims_of(answer["id_token"])


async def test_oidcc_refresh_token(op, rp, person):
    other = await oidc.relying(op, person, "second")
    mine, theirs = await rp.tokens(scope="openid offline_access", prompt="consent"), None
    theirs = await other.tokens(scope="openid offline_access", prompt="consent")
    again = await rp.token(grant_type="refresh_token", refresh_token=mine["refresh_token"])
    assert (again.status, again.headers["cache-control"]) == (200, "no-store")
    if "id_token" in again.body:
        before, after = claims_of(mine["id_token"]), claims_of(again["id_token"])
        assert all(before[name] == after[name] for name in ("iss", "sub", "aud", "auth_time"))
    swapped = await rp.token(grant_type="refresh_token", refresh_token=theirs["refresh_token"])
    assert (swapped.status, swapped["error"]) == (400, "invalid_grant")


async def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp):
    from tests.party import challenge

    verifier = "v" * 43
    page = await rp.ask(code_challenge=challenge(verifier), code_challenge_method="S256")
    code = (await rp.through(page))["code"]
    assert (await rp.redeem(code)).status == 400
    code = (await rp.through(await rp.ask(code_challenge=challenge(verifier), code_challenge_method="S256")))["code"]
    assert (await rp.redeem(code, code_verifier=verifier)).status == 200


async def test_a_verifier_without_a_challenge_is_an_attack(rp):
    """RFC 9700 §4.8.2: PKCE downgrade."""
    code = (await rp.through(await rp.ask()))["code"]
    assert (await rp.redeem(code, code_verifier="v" * 43)).refused_with("invalid_grant", "code_invalid")


async def test_oidcc_discovery_endpoint_verification(op):
    """The Config plan."""
    answer = await op.client.get("/.well-known/openid-configuration")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    said = answer.json()
    assert said["issuer"] == op.issuer
    assert "RS256" in said["id_token_signing_alg_values_supported"]
    assert "RS256" in said["request_object_signing_alg_values_supported"]
    assert set(said["subject_types_supported"]) <= {"public", "pairwise"}
    assert said["claims_supported"]
    assert {"client_secret_basic", "client_secret_post"} <= set(said["token_endpoint_auth_methods_supported"])
    assert "openid" in said["scopes_supported"]


def jwt_none(claims):
    """An object that nobody signed."""
    import base64
    import json

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."
