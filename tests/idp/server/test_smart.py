"""SMART App Launch 2.2 as an app lives it: discovery, both versions of scopes, context, refresh, backend services."""

import secrets

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from consent.scopes import VITAL_SIGNS
from tests.house import Home
from tests.party import Party, claims_of, code_of, party

READ = f"patient/Observation.rs?{VITAL_SIGNS}"
BASE = "http://localhost:8000/dossier/fhir"
AGREED = {"consent": ["measures:read"], "duration": "P3M"}
BOTH = {"consent": ["measures:read", "measures:write"], "duration": "P3M"}


@pytest.fixture
async def browser(house: Home):
    return await house.sign_in()


async def test_the_document_says_what_the_provider_does(house):
    """§2.1.7: computed, so that it says what the provider's own says and nothing more."""
    smart = (await house.client.get(f"{BASE}/.well-known/smart-configuration")).json()
    provider = (await house.client.get("/.well-known/openid-configuration")).json()
    same = {name: value for name, value in smart.items() if name not in {"capabilities", "management_endpoint"}}
    assert same == {name: provider[name] for name in same}
    assert same.keys() >= {
        *("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "introspection_endpoint"),
        *("revocation_endpoint", "grant_types_supported", "scopes_supported", "response_types_supported"),
        *("code_challenge_methods_supported", "token_endpoint_auth_methods_supported"),
    }
    assert smart["code_challenge_methods_supported"] == ["S256"]
    assert {"ES384"} <= set(smart["token_endpoint_auth_signing_alg_values_supported"])
    assert set(smart["capabilities"]) == {
        *("launch-ehr", "launch-standalone", "authorize-post", "client-public", "client-confidential-symmetric"),
        *("client-confidential-asymmetric", "sso-openid-connect", "context-banner", "context-ehr-patient"),
        *("context-standalone-patient", "permission-offline", "permission-online", "permission-patient"),
        *("permission-v1", "permission-v2"),
    }
    assert {"launch", "launch/patient", "fhirUser", "openid", "offline_access"} <= set(smart["scopes_supported"])


@pytest.mark.parametrize("client_id", ["smart-app", "smart-server"])
async def test_standalone_launch(house, browser, client_id):
    """§2.0.5: launch/patient gives the patient, fhirUser leads to them, tokens are Bearer, the id token RS256."""
    app = party(house, client_id)
    asked = f"launch/patient openid fhirUser offline_access {READ}"
    got = await app.obtain(browser, scope=asked, aud=BASE, choices=AGREED)
    assert (got.status, got["token_type"]) == (200, "Bearer")
    assert (got.headers["cache-control"], got.headers["pragma"]) == ("no-store", "no-cache")
    assert set(got["scope"].split()) == set(asked.split())
    subject = claims_of(got["id_token"])["sub"]
    assert (got["patient"], got["need_patient_banner"]) == (subject, False)
    headers = {"authorization": f"Bearer {got['access_token']}"}
    patient = await house.client.get(claims_of(got["id_token"])["fhirUser"], headers=headers)
    assert (patient.status_code, patient.json()["id"]) == (200, subject)
    again = await app.refresh(got["refresh_token"])
    assert (again["patient"], again["scope"]) == (subject, got["scope"])


@pytest.mark.parametrize(
    ("asked", "choices", "said"),
    [
        ("patient/Observation.read", AGREED, {"patient/Observation.read"}),
        ("patient/*.read", AGREED, {"patient/Observation.read"}),
        ("patient/Observation.*", BOTH, {"patient/Observation.read", "patient/Observation.write"}),
        ("patient/Observation.*", AGREED, {"patient/Observation.read"}),
        ("patient/Observation.read patient/Observation.write", AGREED, {"patient/Observation.read"}),
        (f"patient/Observation.write {READ}", BOTH, {"patient/Observation.write", READ}),
        (READ, AGREED, {READ}),
    ],
)
async def test_an_app_is_answered_in_the_version_that_it_asked_in(house, browser, asked, choices, said):
    app = party(house, "smart-app")
    got = await app.obtain(browser, scope=f"openid launch/patient offline_access {asked}", choices=choices)
    assert set(got["scope"].split()) - {"openid", "launch/patient", "offline_access"} == said
    again = await app.refresh(got["refresh_token"])
    assert again["scope"] == got["scope"]


async def test_the_token_itself_says_its_limits_whatever_the_version(house, browser):
    """Version 1 cannot say a category: the token can, and the resource server holds it to that."""
    app = party(house, "smart-server")
    got = await app.obtain(browser, scope="launch/patient patient/Observation.read", choices=AGREED)
    assert READ in claims_of(got["access_token"])["scope"].split()
    assert READ in (await app.introspect(got["access_token"]))["scope"].split()
    found = await app.measures(got["access_token"])
    codings = [one["resource"]["category"][0]["coding"][0]["code"] for one in found["entry"]]
    assert set(codings) == {"vital-signs"}


@pytest.mark.parametrize("narrower", ["patient/Observation.read", f"patient/Observation.r?{VITAL_SIGNS}", READ])
async def test_a_refresh_may_ask_less_in_either_version(house, browser, narrower):
    app = party(house, "smart-app")
    asked = "openid offline_access patient/Observation.read patient/Observation.write"
    got = await app.obtain(browser, scope=asked, choices=BOTH)
    again = await app.refresh(got["refresh_token"], scope=narrower)
    assert again.status == 200, again.body
    letters = {
        word.partition("?")[0].removeprefix("patient/") for word in claims_of(again["access_token"])["scope"].split()
    }
    assert letters == {"Observation.r" if ".r?" in narrower else "Observation.rs"}


@pytest.mark.parametrize(
    "more",
    ["patient/Observation.write", "patient/Observation.rs", "patient/Device.read", "profile", "patient/Observation.sr"],
)
async def test_a_refresh_never_gives_more_than_was_granted(house, browser, more):
    app = party(house, "smart-app")
    got = await app.obtain(browser, scope="openid offline_access patient/Observation.read", choices=AGREED)
    again = await app.refresh(got["refresh_token"], scope=f"patient/Observation.read {more}")
    assert (again.status, again["error"]) == (400, "invalid_scope")
    assert (await app.refresh(got["refresh_token"])).status == 200, "the refusal spent nothing"


async def backend(home: Home, scope: str, **changes: object) -> tuple[Party, dict[str, object]]:
    app = party(home, "svc")
    now = int(home.clock.now().timestamp())
    who = {
        "iss": "svc",
        "sub": "svc",
        "aud": f"{home.issuer}/token",
        "jti": secrets.token_urlsafe(12),
        "exp": now + 300,
    }
    key = ECKey.import_key(app.known["jwk"])
    assertion = jwt.encode({"alg": "ES384", "kid": key.kid, "typ": "JWT"}, who | {"iat": now} | changes, key, ["ES384"])
    form = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    answer = await home.client.post("/token", data=form)
    return app, {"status": answer.status_code, **answer.json()}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("system/Observation.rs", "system/Observation.rs"),
        ("system/Observation.r", "system/Observation.r"),
        ("system/Observation.read", "system/Observation.read"),
        ("system/*.read", "system/Observation.read"),
        ("system/Observation.rs system/Device.rs", "system/Observation.rs"),
    ],
)
async def test_a_backend_service_has_what_it_registered_for(house, asked, said):
    """SMART Backend Services: its own key, its own scopes, no refresh token; the audience may be the endpoint."""
    _, got = await backend(house, asked)
    assert (got["status"], got["scope"], got["token_type"]) == (200, said, "Bearer"), got
    assert "refresh_token" not in got
    assert "patient" not in got


@pytest.mark.parametrize("asked", ["system/Device.rs", "patient/Observation.rs", "system/Observation.sr", "openid"])
async def test_a_backend_service_has_nothing_else(house, asked):
    _, got = await backend(house, asked)
    assert (got["status"], got["error"]) == (400, "invalid_scope")


async def test_a_backend_service_reads_nobody_who_did_not_agree(house):
    """A service is not a person's yes: with a token of its own it is refused at the dossier, and told why."""
    app, got = await backend(house, "system/Observation.rs")
    refused = await app.measures(str(got["access_token"]))
    assert (refused.status, code_of(refused)) == (403, "grant_required")
