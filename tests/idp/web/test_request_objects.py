"""RFC 9101: a request that its client signed, by value and by reference, plain or pushed."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from clients.options import Options
from tests.proofs import CALLBACK, ec_key, enrol, registered, request_object, rsa_key


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def signer(home, client_id="jar", profile="standard", key=None, **options):
    key = key or ec_key()
    client = registered(home, client_id, key=key, profile=profile, options=Options(**options))
    return await enrol(home, client, key)


async def ask(browser, app, value, **beside):
    query = "&".join(f"{k}={v}" for k, v in {"client_id": app.client_id, "request": value, **beside}.items())
    return await browser.get(f"/authorize?{query}")


async def test_what_the_object_says_is_all_that_counts(house, browser):
    app = await signer(house)
    value = request_object(app, app.request(state="inside"))
    page = await ask(browser, app, value, state="outside", nonce="outside", scope="openid+email")
    back = await app.come_back(browser, page, scope=["profile", "email"])
    assert back["state"] == "inside"
    answer = await app.exchange(back["code"], verifier=app.verifiers["inside"])
    assert answer.status == 200


async def test_json_values_of_an_object_are_parameters_too(house, browser):
    app = await signer(house)
    asked = app.request(state="s", prompt="none") | {"max_age": 3600, "claims": {"id_token": {"auth_time": None}}}
    back = app.answer(await ask(browser, app, request_object(app, asked), redirect_uri=CALLBACK))
    assert back["error"] == "consent_required"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"nbf": 4_000_000_000},
        {"iss": "bench"},
        {"client_id": "bench"},
        {"sub": "jar"},
        {"request": "eyJ"},
        {"request_uri": "https://app.example/r"},
    ],
)
async def test_an_object_that_is_not_what_it_must_be_is_refused(house, browser, changes):
    app = await signer(house)
    value = request_object(app, app.request(), **changes)
    back = app.answer(await ask(browser, app, value, redirect_uri=CALLBACK, state="st"))
    assert (back["error"], back["state"]) == ("invalid_request_object", "st")


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"crit": ["b64"], "b64": True}, {"kid": "unknown"}])
async def test_a_strange_header_is_refused(house, browser, header):
    app = await signer(house)
    try:
        value = request_object(app, app.request(), header=header)
    except Exception:  # the library will not make such a thing
        return
    back = app.answer(await ask(browser, app, value, redirect_uri=CALLBACK))
    assert back["error"] == "invalid_request_object"


async def test_another_s_signature_or_none_is_refused(house, browser):
    app, other = await signer(house), ec_key()
    said = {"iss": app.client_id, "aud": house.issuer, **app.request()}
    secret = OctKey.import_key("s" * 32)
    for value in (
        jwt.encode({"alg": "ES256", "kid": ECKey.import_key(app.known["jwk"]).kid}, said, other),
        "eyJhbGciOiJub25lIn0.e30.",
        jwt.encode({"alg": "HS256"}, said, secret),
        "not-a-token",
    ):
        back = app.answer(await ask(browser, app, value, redirect_uri=CALLBACK))
        assert back["error"] == "invalid_request_object", value


async def test_without_a_proven_address_the_person_is_told_and_the_app_is_not(house, browser):
    app = await signer(house)
    page = await ask(browser, app, "eyJhbGciOiJub25lIn0.e30.")
    assert page.status == 400
    assert not page.location.startswith(CALLBACK)
    page = await ask(browser, app, "eyJhbGciOiJub25lIn0.e30.", redirect_uri="https://evil.example/")
    assert page.status == 400


async def test_the_registered_algorithm_is_the_only_one(house, browser):
    app = await signer(house, request_object_signing_alg="PS256")
    back = app.answer(await ask(browser, app, request_object(app, app.request()), redirect_uri=CALLBACK))
    assert back["error"] == "invalid_request_object"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"nbf": None},
        {"aud": None},
        {"late": 70},
        {"early": 70},
    ],
)
async def test_message_signing_wants_a_window_of_an_hour(house, changes):
    """FAPI 2.0 Message Signing §5.3.1."""
    app = await signer(house, profile="fapi2")
    now = int(house.clock.now().timestamp())
    if "late" in changes:
        changes = {"exp": now + 70 * 60}
    if "early" in changes:
        changes = {"nbf": now - 70 * 60}
    answer = await app.post("/par", request=request_object(app, app.request(), **changes), client_id=app.client_id)
    assert answer.refused_with("invalid_request_object")


async def test_rs256_and_shared_secrets_are_not_for_the_strict_profile(house):
    from joserfc.jwk import RSAKey

    key = rsa_key()
    app = await signer(house, profile="fapi2", key=key)
    now = int(house.clock.now().timestamp())
    said = {"iss": app.client_id, "aud": house.issuer, "nbf": now, "exp": now + 60, **app.request()}
    proof = {"iss": app.client_id, "sub": app.client_id, "aud": house.issuer, "exp": now + 60, "jti": "j" * 20}
    private = RSAKey.import_key(key.as_dict(private=True))

    def form(request_alg: str, proof_alg: str) -> dict[str, str]:
        return {
            "client_id": app.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode({"alg": proof_alg, "kid": key.kid}, proof, private, algorithms=[proof_alg]),
            "request": jwt.encode({"alg": request_alg, "kid": key.kid}, said, private, algorithms=[request_alg]),
        }

    refused = await house.client.post("/par", data=form("RS256", "PS256"))
    assert refused.json()["error"] == "invalid_request_object"
    proof["jti"] = "k" * 20
    refused = await house.client.post("/par", data=form("PS256", "RS256"))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    proof["jti"] = "l" * 20
    assert (await house.client.post("/par", data=form("PS256", "PS256"))).status_code == 201


async def test_an_unregistered_reference_is_never_fetched(house, browser):
    app = await signer(house, request_uris=("https://app.example/r#1",))
    page = await browser.get(f"/authorize?client_id={app.client_id}&request_uri=http://169.254.169.254/latest")
    assert page.status == 400
    back = app.answer(
        await browser.get(
            f"/authorize?client_id={app.client_id}&redirect_uri={CALLBACK}&request_uri=https://x.example/"
        )
    )
    assert back["error"] == "invalid_request_uri"


async def test_a_request_and_its_reference_exclude_each_other(house, browser):
    app = await signer(house)
    value = request_object(app, app.request())
    page = await ask(browser, app, value, request_uri="https://app.example/r", redirect_uri=CALLBACK)
    assert app.answer(page)["error"] == "invalid_request"


async def test_the_page_leads_to_what_the_app_registered_for_people(house, browser):
    key = ec_key()
    told = {"policy_uri": "https://app.example/vie-privee", "options": Options(tos_uri="https://app.example/cgu")}
    app = await enrol(house, registered(house, "words", key=key, **told), key)
    page = await app.ask(browser)
    assert {"https://app.example/vie-privee", "https://app.example/cgu"} <= {address for address, _ in page.links}
