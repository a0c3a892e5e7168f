"""Access tokens bound to a key: given at the token endpoint, good only with their proof (RFC 9449)."""

from datetime import timedelta

import pytest

from tests.holder import MEASURES, USERINFO, Holder
from tests.idp.answers import register
from tests.kit.proof.signer import Signer
from tests.party import claims_of, party, reply
from tests.portal.made import observation
from tests.races.crowd import AGREED
from tests.races.crowd import MEASURES as READ_AND_ADD

ALL = {"scope": ["profile", "email"]}
ALGS = 'algs="ES256 ES384 PS256 EdDSA"'


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


@pytest.fixture
def holder(house):
    return Holder(party(house))


async def test_a_proof_binds_what_is_given_to_its_key(house, browser, holder):
    held = await holder.obtain(browser, choices=ALL)
    assert held.status == 200
    assert held["token_type"] == "DPoP"
    assert claims_of(held["access_token"])["cnf"] == {"jkt": holder.signer.jkt}
    said = await holder.get(USERINFO, held["access_token"])
    assert said["email"] == "gabrielle.capanelli@example.org"
    assert (await holder.get(MEASURES, held["access_token"])).status == 403  # known, and nothing was agreed there


async def test_without_a_proof_everything_is_as_before(house, browser):
    held = await party(house).obtain(browser, choices=ALL)
    assert held["token_type"] == "Bearer"
    assert "cnf" not in claims_of(held["access_token"])
    assert (await party(house).userinfo(held["access_token"])).status == 200


async def test_introspection_says_to_which_key_a_token_is_bound(house, browser, holder):
    held = await holder.obtain(browser, choices=ALL)
    said = await party(house).introspect(held["access_token"])
    assert said["token_type"] == "DPoP"
    assert said["cnf"] == {"jkt": holder.signer.jkt}


@pytest.mark.parametrize("path", [USERINFO, MEASURES, "/consent/grants", "/pairings/par_x"])
async def test_a_bound_token_is_good_only_with_its_proof(house, browser, holder, path):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    own = {
        "bearer": await holder.get(path, token, scheme="Bearer", proof=None),
        "bearer with a proof": await holder.get(path, token, scheme="Bearer"),
        "no proof": await holder.get(path, token, proof=None),
        "another method": await holder.get(path, token, proof=holder.proof("POST", path, token)),
        "another address": await holder.get(path, token, proof=holder.proof("GET", "/elsewhere", token)),
        "no ath": await holder.get(path, token, proof=holder.proof("GET", path)),
        "another ath": await holder.get(path, token, proof=holder.proof("GET", path, "another")),
        "old": await holder.get(path, token, proof=holder.proof("GET", path, token, iat=1)),
        "another key": await Holder(holder.app, Signer()).get(path, token),
        "nonsense": await holder.get(path, token, proof="nonsense"),
    }
    for what, answer in own.items():
        assert answer.status == 401, what
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('DPoP realm="espace", error="invalid_'), (what, challenge)
        assert ALGS in challenge
        assert 'resource_metadata="http://localhost:8000/.well-known/oauth-protected-resource' in challenge
    assert 'error="invalid_token"' in own["another key"].headers["www-authenticate"]
    assert 'error="invalid_dpop_proof"' in own["no proof"].headers["www-authenticate"]


async def test_two_proofs_are_no_proof(house, browser, holder):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    two = [("authorization", f"DPoP {token}"), *[("dpop", holder.proof("GET", USERINFO, token)) for _ in range(2)]]
    assert reply(await house.client.get(USERINFO, headers=two)).status == 401


async def test_names_of_headers_and_schemes_have_no_case(house, browser, holder):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    headers = {"AUTHORIZATION": f"dPOP {token}", "DPOP": holder.proof("GET", USERINFO, token)}
    assert (await house.client.get(USERINFO, headers=headers)).status_code == 200


async def test_an_address_of_a_proof_has_neither_query_nor_another_host(house, browser, holder):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    proof = holder.proof("GET", USERINFO, token, htu=f"{house.issuer.upper()}{USERINFO}?a=b#c")
    assert (await holder.get(USERINFO, token, proof=proof)).status == 200
    proof = holder.proof("GET", USERINFO, token, htu=f"https://evil.example{USERINFO}")
    assert (await holder.get(USERINFO, token, proof=proof, host="evil.example")).status == 401


async def test_a_proof_is_used_once_everywhere(house, browser, holder):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    proof = holder.proof("GET", USERINFO, token)
    assert (await holder.get(USERINFO, token, proof=proof)).status == 200
    again = await holder.get(USERINFO, token, proof=proof)
    assert again.status == 401
    assert 'error="invalid_dpop_proof"' in again.headers["www-authenticate"]


async def test_a_token_bound_to_nothing_is_not_taken_with_a_proof(house, browser, holder):
    token = (await party(house).obtain(browser, choices=ALL))["access_token"]
    refused = await holder.get(USERINFO, token)
    assert refused.status == 401
    assert 'DPoP realm="espace", error="invalid_token"' in refused.headers["www-authenticate"]


async def test_a_bound_token_in_a_body_is_refused(house, browser, holder):
    """RFC 9449 §7.1: it comes in the header, with its scheme."""
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    headers = {"dpop": holder.proof("POST", USERINFO, token)}
    assert (await house.client.post(USERINFO, data={"access_token": token}, headers=headers)).status_code == 401


async def test_a_bad_proof_at_the_token_endpoint_is_told_and_spends_no_code(house, browser, holder):
    back = await holder.app.come_back(browser, await holder.app.ask(browser), **ALL)
    for proof in ("nonsense", holder.proof("GET", "/token"), holder.proof("POST", "/revoke"), f"{'x' * 9000}.x.x"):
        assert (await holder.exchange(back, proof=proof)).refused_with("invalid_dpop_proof")
    good = holder.proof("POST", "/token")
    assert (await holder.exchange(back, proof=good)).status == 200
    assert (await holder.token(grant_type="client_credentials", proof=good)).refused_with("invalid_dpop_proof")


async def test_client_credentials_may_be_bound(house, holder):
    held = await holder.token(grant_type="client_credentials")
    assert held["token_type"] == "DPoP"
    assert claims_of(held["access_token"])["cnf"] == {"jkt": holder.signer.jkt}


async def test_a_confidential_app_refreshes_with_a_new_key(house, browser, holder):
    held = await holder.obtain(browser, choices=ALL)
    other = Holder(holder.app, Signer("PS256"))
    again = await other.refresh(held["refresh_token"])
    assert claims_of(again["access_token"])["cnf"] == {"jkt": other.signer.jkt}
    assert (await other.get(USERINFO, again["access_token"])).status == 200


async def test_a_public_app_refreshes_with_its_own_key_only(house, browser):
    """RFC 9449 §5: what a public client holds is bound to its key, the refresh token too."""
    holder = Holder(party(house, "mobile"))
    held = await holder.obtain(browser, choices=ALL)
    assert held["token_type"] == "DPoP"
    stolen = held["refresh_token"]
    assert (await Holder(holder.app, Signer()).refresh(stolen)).refused_with("invalid_grant", "token_invalid")
    assert (await holder.app.refresh(stolen)).refused_with("invalid_grant", "token_invalid")
    assert (await holder.refresh(stolen)).status == 200


async def test_a_code_asked_for_a_key_is_good_with_that_key_only(house, browser, holder):
    """RFC 9449 §10: `dpop_jkt`."""
    asked = {"dpop_jkt": holder.signer.jkt}
    for other in (Holder(holder.app, Signer()), None):
        back = await holder.app.come_back(browser, await holder.app.ask(browser, **asked), **ALL)
        if other:
            refused = await other.exchange(back)
        else:
            refused = await holder.app.exchange(back["code"], verifier=holder.app.verifiers[back["state"]])
        assert refused.refused_with("invalid_grant", "code_invalid")
    back = await holder.app.come_back(browser, await holder.app.ask(browser, **asked), **ALL)
    assert (await holder.exchange(back)).status == 200


async def test_a_client_that_registered_so_must_bring_a_proof(house, holder):
    await register(house, options={"dpop_bound_access_tokens": True})
    refused = await holder.app.token(grant_type="client_credentials")
    assert refused.status == 400
    assert refused.refused_with("invalid_request")
    assert (await holder.token(grant_type="client_credentials"))["token_type"] == "DPoP"


async def test_other_endpoints_ask_for_no_proof(house, browser, holder):
    held = await holder.obtain(browser, choices=ALL)
    await register(house, options={"dpop_bound_access_tokens": True})
    assert (await party(house).introspect(held["access_token"]))["active"]
    assert (await holder.app.post("/revoke", token=held["refresh_token"])).status == 200


async def test_the_name_of_an_exchange_is_repeated_or_made(house, browser, holder):
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    name = "A3b1c6de-26a1-4f2c-9d0e-2a7b5a6d1f00"
    for path in (USERINFO, MEASURES, "/consent/grants"):
        given = await holder.get(path, token, **{"x-fapi-interaction-id": name})
        assert given.headers["x-fapi-interaction-id"] == name
        for wrong in ("x", f"{{{name}}}"):
            made = await holder.get(path, token, **{"x-fapi-interaction-id": wrong})
            assert len(made.headers["x-fapi-interaction-id"]) == 36
            assert made.headers["x-fapi-interaction-id"] != wrong


async def test_an_app_reads_and_adds_measures_with_its_key(house, browser, holder):
    token = (await holder.obtain(browser, scope=READ_AND_ADD, choices=AGREED))["access_token"]
    assert (await holder.get(MEASURES, token)).status == 200
    reading = observation(112, house.clock.now() - timedelta(minutes=1))
    del reading["id"], reading["performer"]
    reading["valueQuantity"] |= {"unit": "mg/dL", "system": "http://unitsofmeasure.org"}
    reading["code"] = {"coding": [{"system": "http://loinc.org", "code": "99504-3"}]}
    headers = {
        "authorization": f"DPoP {token}",
        "dpop": holder.proof("POST", MEASURES, token),
        "content-type": "application/fhir+json",
    }
    assert (await house.client.post(MEASURES, json=reading, headers=headers)).status_code == 201
    assert (await house.client.post(MEASURES, json=reading, headers=headers)).status_code == 401
    headers["dpop"] = holder.proof("GET", MEASURES, token)
    assert (await house.client.post(MEASURES, json=reading, headers=headers)).status_code == 401
