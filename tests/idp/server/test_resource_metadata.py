"""Each resource says who it trusts, and every challenge says where (RFC 9728)."""

import re

import pytest

from idp.protocol import resources

WELL_KNOWN = "/.well-known/oauth-protected-resource"


async def test_every_resource_of_the_provider_is_described(house):
    said = (await house.client.get("/.well-known/oauth-authorization-server")).json()
    assert said["protected_resources"] == [house.issuer, f"{house.issuer}/dossier/fhir"]
    for one in said["protected_resources"]:
        answer = await house.client.get(WELL_KNOWN + one.removeprefix(house.issuer))
        assert answer.status_code == 200
        about = answer.json()
        assert about["resource"] == one  # RFC 9728 §3.3
        assert about["authorization_servers"] == [house.issuer]
        assert set(about["scopes_supported"]) <= set(said["scopes_supported"])
        assert about["dpop_signing_alg_values_supported"] == said["dpop_signing_alg_values_supported"]
        assert "header" in about["bearer_methods_supported"]


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/userinfo", ""),
        ("/consent/grants", ""),
        ("/pairings/par_x", ""),
        ("/dossier/fhir/Observation", "/dossier/fhir"),
    ],
)
async def test_a_challenge_says_where_the_resource_is_described(house, path, resource):
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}):
        answer = await house.client.get(path, headers=headers)
        assert answer.status_code == 401
        found = re.findall(r'resource_metadata="([^"]+)"', answer.headers["www-authenticate"])
        assert found == [f"{house.issuer}{WELL_KNOWN}{resource}"]
    about = (await house.client.get(found[0].removeprefix(house.issuer))).json()
    assert about["resource"] == house.issuer + resource


async def test_nothing_is_described_that_is_not_there(house):
    assert (await house.client.get(f"{WELL_KNOWN}/elsewhere")).status_code == 404


def test_apps_with_a_certificate_come_to_another_address():
    issuer, origin = "https://id.example.org", "https://id.example.org:9443"
    said = {
        "token_endpoint": f"{issuer}/token",
        "authorization_endpoint": f"{issuer}/authorize",
        "end_session_endpoint": f"{issuer}/logout",
        "jwks_uri": f"{issuer}/jwks",
        "userinfo_endpoint": f"{issuer}/userinfo",
    }
    assert resources.aliases(said, issuer, origin) == {
        "mtls_endpoint_aliases": {"token_endpoint": f"{origin}/token", "userinfo_endpoint": f"{origin}/userinfo"}
    }
    assert resources.aliases(said, issuer, "") == resources.aliases(said, issuer, issuer) == {}
