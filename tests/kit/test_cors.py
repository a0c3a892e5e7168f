"""Pages of other sites call what is known by a token, and nothing that is known by a cookie."""

import pytest

HERS = {"origin": "https://app.example"}
ASKS = HERS | {"access-control-request-method": "POST", "access-control-request-headers": "authorization, dpop"}


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks", "/dossier/fhir/Observation", "/par"])
async def test_a_browser_may_call_what_takes_a_token(house, path):
    asked = await house.client.options(path, headers=ASKS)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert {"authorization", "dpop"} <= set(asked.headers["access-control-allow-headers"].split(", "))
    answer = await house.client.get(path, headers=HERS)
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "dpop-nonce" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/signin", "/espace/", "/authorize", "/account/sessions", "/logout", "/tokens", "/"])
async def test_no_page_is_open_to_other_sites(house, path):
    asked = await house.client.options(path, headers=ASKS)
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in (await house.client.get(path, headers=HERS)).headers


async def test_who_is_no_page_is_answered_as_before(house):
    assert "access-control-allow-origin" not in (await house.client.get("/userinfo")).headers
