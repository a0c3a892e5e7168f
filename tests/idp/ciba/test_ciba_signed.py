"""Signed requests (CIBA §7.1.1, FAPI-CIBA §5.2.2): every flaw is `invalid_request`, and nothing is begun."""

from datetime import timedelta

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.ciba import Asker, asker
from tests.party import ASSERTION_TYPE


@pytest.fixture
async def app(house) -> Asker:
    return await asker(house)


async def refused(app: Asker, **changes) -> None:
    said = await app.begin(**changes)
    assert said.refused_with("invalid_request"), said.body
    assert said.status == 400


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "nbf", "jti"])
async def test_every_claim_must_be_there(app, claim):
    await refused(app, **{claim: None})


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": []},
        {"iss": "tv"},
        {"iss": "https://elsewhere.example"},
        {"jti": ""},
        {"jti": 12},
        {"jti": "x" * 300},
        {"client_id": "tv"},
        {"request": "eyJ"},
        {"exp": "soon"},
    ],
)
async def test_a_claim_that_says_something_else(app, claims):
    await refused(app, **claims)


@pytest.mark.parametrize(
    ("nbf", "exp"),
    [(0, -1), (0, 70 * 60), (10 * 60, 15 * 60), (-70 * 60, 60), (-50 * 60, 11 * 60)],
    ids=["expired", "exp in 70 minutes", "nbf in 10 minutes", "nbf 70 minutes ago", "an hour and more"],
)
async def test_its_time_is_now_and_an_hour_at_most(house, app, nbf, exp):
    now = int(house.clock.now().timestamp())
    await refused(app, nbf=now + nbf, exp=now + exp)


async def test_an_audience_among_several_is_ours(house, app):
    assert (await app.begin(aud=["https://elsewhere.example", house.issuer])).status == 200


async def send(app: Asker, token: str, **beside: str):
    return await app.post("/bc-authorize", request=token, **beside)


def asked(app: Asker) -> dict[str, str]:
    return {"scope": "openid", "login_hint": app.home.person("gabrielle")["identifier"]}


async def test_the_signature_is_its_own(app):
    good = app.object(**asked(app))
    stranger = app.object(**asked(app), key=ECKey.generate_key("P-256"))
    head, body, signature = good.split(".")
    bad = [stranger, f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}", "", "x", "a.b.c.d.e"]
    for token in bad:
        assert (await send(app, token)).refused_with("invalid_request"), token
    none = "eyJhbGciOiJub25lIn0"
    assert (await send(app, f"{none}.{body}.")).refused_with("invalid_request")
    assert (await send(app, good)).status == 200


@pytest.mark.parametrize(("algorithm", "status"), [("PS256", 200), ("RS256", 400), ("HS256", 400)])
async def test_an_algorithm_that_is_not_for_this(house, algorithm, status):
    """FAPI-CIBA §7.10: never RS256, even from a client that has an RSA key and registered no algorithm."""
    key = RSAKey.generate_key(2048, {"kid": "r"})
    jwks = {"keys": [key.as_dict(private=False)]}
    app = await asker(house, "ciba-rsa", signs=False, jwks=jwks, token_endpoint_auth_signing_alg="PS256")
    token = _signed(house, OctKey.import_key("k" * 32) if algorithm == "HS256" else key, algorithm, asked(app))
    said = {"sub": "ciba-rsa", "jti": "assertion-1"}
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _signed(house, key, "PS256", said)}
    response = await house.client.post("/bc-authorize", data={"request": token, **proof})
    assert response.status_code == status, response.text


async def test_a_request_is_good_once(app):
    token = app.object(**asked(app))
    assert (await send(app, token)).status == 200
    assert (await send(app, token)).refused_with("invalid_request")


async def test_nothing_stands_beside_it(app):
    for name, value in (("scope", "openid"), ("binding_message", "1234"), ("login_hint", "gabrielle")):
        assert (await send(app, app.object(**asked(app)), **{name: value})).refused_with("invalid_request")


async def test_who_registered_an_algorithm_signs_always(app):
    assert (await app.post("/bc-authorize", **asked(app))).refused_with("invalid_request")


async def test_who_registered_none_may_sign_or_not(house):
    app = await asker(house, "ciba-plain", signs=False)
    assert (await app.begin()).status == 200
    assert (await send(app, app.object(**asked(app)))).status == 200


async def test_a_signed_request_counts_its_time_by_our_clock(house, app):
    token = app.object(**asked(app))
    house.clock.advance(timedelta(seconds=301))
    assert (await send(app, token)).refused_with("invalid_request")


def _signed(house, key, algorithm: str, more: dict[str, str]) -> str:
    now = int(house.clock.now().timestamp())
    claims = {"iss": "ciba-rsa", "aud": house.issuer, "iat": now, "nbf": now, "exp": now + 60, "jti": "a-good-jti"}
    registry = jws.JWSRegistry(algorithms=["PS256", "RS256", "HS256"])
    return jwt.encode({"alg": algorithm}, claims | more, key, registry=registry)
