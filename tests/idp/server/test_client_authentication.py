"""RFC 6749 §2.3, RFC 7523 §3: one proof, the registered one, once."""

import base64
import hmac
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey

from clients import store
from clients.records import Status
from tests.party import ASSERTION_TYPE, party, reply

CC = {"grant_type": "client_credentials"}


async def bare(house, headers=None, **form):
    return reply(await house.client.post("/token", data=form, headers=headers or {}))


def basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


async def test_a_secret_in_the_header_proves_its_client(house):
    assert (await party(house).token(**CC)).status == 200


async def test_the_header_is_form_encoded(house):
    known = house.party("bench")
    encoded = "".join(f"%{ord(c):02x}" for c in known["client_secret"])
    assert (await bare(house, basic("bench", encoded), **CC)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        basic("bench", "wrong"),
        basic("nobody", "x"),
        basic("mobile", ""),
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"nocolon").decode()},
        {"authorization": "Bearer x"},
        {},
    ],
)
async def test_a_bad_proof_is_refused_with_401(house, headers):
    answer = await bare(house, headers, **CC)
    assert answer.refused_with("invalid_client")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_client_proves_itself_in_its_registered_way_only(house):
    secret = house.party("bench")["client_secret"]
    assert (await bare(house, **CC, client_id="bench", client_secret=secret)).refused_with("invalid_client")
    assert (await bare(house, **CC, client_id="bench")).refused_with("invalid_client")
    assert (await bare(house, **CC, client_id="glucolink")).refused_with("invalid_client")


async def test_two_proofs_at_once_are_refused(house):
    secret = house.party("bench")["client_secret"]
    answer = await bare(house, basic("bench", secret), **CC, client_id="bench", client_secret=secret)
    assert answer.refused_with("invalid_request")
    assert (await bare(house, basic("bench", secret), **CC, client_id="mobile")).refused_with("invalid_request")


async def test_parameters_in_the_query_are_not_read(house):
    secret = house.party("bench")["client_secret"]
    response = await house.client.post("/token?grant_type=client_credentials", data={"x": "y"}, auth=("bench", secret))
    assert reply(response).refused_with("unsupported_grant_type")


async def test_a_parameter_given_twice_is_refused(house):
    secret = house.party("bench")["client_secret"]
    response = await house.client.post(
        "/token",
        content="grant_type=client_credentials&grant_type=client_credentials",
        headers={"content-type": "application/x-www-form-urlencoded"},
        auth=("bench", secret),
    )
    assert reply(response).refused_with("invalid_request")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"grant_type":"client_credentials"}', "application/json"),
        (b"grant_type=client_credentials%00", "application/x-www-form-urlencoded"),
        (b"grant_type=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=b&" * 300, "application/x-www-form-urlencoded"),
    ],
)
async def test_an_unreadable_body_is_an_invalid_request(house, content, kind):
    secret = house.party("bench")["client_secret"]
    response = await house.client.post(
        "/token", content=content, headers={"content-type": kind}, auth=("bench", secret)
    )
    assert reply(response).refused_with("invalid_request")


async def test_an_assertion_proves_its_client_once(house):
    app = party(house, "glucolink")
    said = app.assertion()
    for expected in ("unauthorized_client", "invalid_client"):
        answer = await bare(house, **CC, client_assertion=said, client_assertion_type=ASSERTION_TYPE)
        assert answer.refused_with(expected)


@pytest.mark.parametrize("audience", ["issuer", "token endpoint", "among others"])
async def test_an_assertion_is_for_us(house, audience):
    app = party(house, "glucolink")
    aud = {
        "issuer": house.issuer,
        "token endpoint": f"{house.issuer}/token",
        "among others": ["https://x.example", house.issuer],
    }[audience]
    answer = await bare(house, **CC, client_assertion=app.assertion(aud=aud), client_assertion_type=ASSERTION_TYPE)
    assert answer.refused_with("unauthorized_client"), "the client is proven; only its grant type is not its own"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "mobile"},
        {"sub": "mobile"},
        {"jti": None},
        {"jti": "short"},
        {"jti": 12345678},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1},
        {"exp": 4102444800},
        {"nbf": 4102444800},
        {"iat": 4102444800},
        {"header": {"crit": ["b64"], "b64": True}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
    ],
)
async def test_a_faulty_assertion_is_refused(house, changes):
    app = party(house, "glucolink")
    if changes.get("header", {}).get("alg") == "none":
        said = "eyJhbGciOiJub25lIn0." + app.assertion().split(".")[1] + "."
    elif changes.get("header", {}).get("alg") == "HS256":
        said = _confused(app)
    else:
        said = app.assertion(**changes) if "crit" not in changes.get("header", {}) else _critical(app)
    answer = await bare(house, **CC, client_assertion=said, client_assertion_type=ASSERTION_TYPE)
    assert answer.refused_with("invalid_client"), answer.body


def _confused(app):
    """Signed with the public key as if it were a shared secret."""
    public = ECKey.import_key(app.known["jwk"]).as_pem(private=False)
    body = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode() + "." + app.assertion().split(".")[1]
    mac = base64.urlsafe_b64encode(hmac.digest(public, body.encode(), "sha256")).rstrip(b"=").decode()
    return f"{body}.{mac}"


def _critical(app):
    head, _, rest = app.assertion().partition(".")
    forged = base64.urlsafe_b64encode(b'{"alg":"ES256","crit":["exp"],"exp":1}').rstrip(b"=").decode()
    return f"{forged}.{rest}" if head else ""


async def test_an_assertion_by_another_key_is_refused(house):
    app = party(house, "glucolink")
    stranger = ECKey.generate_key("P-256", {"kid": app.known["jwk"].get("kid", "x")})
    app.known = {**app.known, "jwk": stranger.as_dict(private=True)}
    answer = await bare(house, **CC, client_assertion=app.assertion(), client_assertion_type=ASSERTION_TYPE)
    assert answer.refused_with("invalid_client")


async def test_an_assertion_of_the_past_stays_used_after_the_clock_moves(house):
    app = party(house, "glucolink")
    said = app.assertion(exp=int(house.clock.now().timestamp()) + 300)
    await bare(house, **CC, client_assertion=said, client_assertion_type=ASSERTION_TYPE)
    house.clock.advance(timedelta(seconds=290))
    answer = await bare(house, **CC, client_assertion=said, client_assertion_type=ASSERTION_TYPE)
    assert answer.refused_with("invalid_client")


@pytest.mark.rule("R154")
@pytest.mark.parametrize("status", [Status.CANDIDATE, Status.LISTED, Status.SUSPENDED, Status.DELISTED])
async def test_a_client_that_is_not_referenced_gets_nothing(house, status):
    await house.database.work(lambda db: store.set_status(db, "bench", status, house.clock.now()))
    house.house.clients.forget("bench")
    assert (await party(house).token(**CC)).refused_with("invalid_client")
    page = await party(house).ask(house.browser())
    assert page.status == 403
    assert not page.response.headers.get("location")


@pytest.mark.rule("R155")
async def test_a_client_that_is_only_listed_has_no_oauth_grant_at_all(house):
    await house.database.work(lambda db: store.set_status(db, "bench", Status.LISTED, house.clock.now()))
    house.house.clients.forget("bench")
    for grant in ("client_credentials", "authorization_code", "refresh_token"):
        assert (await party(house).token(grant_type=grant, code="x", refresh_token="x")).refused_with("invalid_client")


async def test_an_address_that_fails_too_often_waits_and_honest_callers_do_not(house):
    for _ in range(60):
        assert (await bare(house, basic("bench", "wrong"), **CC)).refused_with("invalid_client")
    answer = await bare(house, basic("bench", "wrong"), **CC)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "60"
    assert (await party(house).token(**CC)).status == 200
