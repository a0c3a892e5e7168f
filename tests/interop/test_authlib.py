"""Authlib's client, for Python: code and PKCE, with a key of its own, a secret, or nothing."""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.interop.scenario import Person, outside
from tests.running import Running


class Signed(PrivateKeyJWT):  # type: ignore[misc]
    """Authlib's own, for a minute instead of an hour; it keeps the claims it is given, `jti` and all, so here they are
    given each time."""

    def sign(self, auth: Any, token_endpoint: str) -> str:
        self.claims = {"exp": int(time.time()) + 60}
        return str(super().sign(auth, token_endpoint))


def app(server: Running, client_id: str) -> AsyncOAuth2Client:
    known = server.party(client_id)
    key = ECKey.import_key(known["jwk"]) if known["jwk"] else None
    client = AsyncOAuth2Client(
        client_id=client_id,
        client_secret=key or known["client_secret"],
        token_endpoint_auth_method=known["auth_method"],
        revocation_endpoint_auth_method=known["auth_method"],
        redirect_uri=outside(known),
        scope="openid profile offline_access measures:read",
        code_challenge_method="S256",
        token_endpoint=f"{server.url}/token",
        trust_env=False,
    )
    if key is not None:
        client.register_client_auth_method(Signed(headers={"kid": key.kid}, alg="ES256"))
    return client


@pytest.fixture
async def person(own_demo: Running) -> AsyncIterator[Person]:
    someone = Person(own_demo)
    yield someone
    await someone.browser.close()


@pytest.mark.parametrize("client_id", ["glucolink", "bench", "mobile"])
async def test_an_authlib_app_lives_with_the_provider(own_demo: Running, person: Person, client_id: str) -> None:
    does = {"consent": ["measures:read"], "duration": "P3M", "scope": ["profile"]}
    measures = f"{own_demo.card['resources']['dossier']}/Observation?_count=1"
    async with app(own_demo, client_id) as client:
        metadata = (
            await client.request("GET", f"{own_demo.url}/.well-known/openid-configuration", withhold_token=True)
        ).json()
        verifier = "v" * 64
        url, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-of-this-departure"
        )
        back = await person.go(url, does)
        token = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
        )
        assert {"access_token", "refresh_token", "id_token"} <= token.keys()
        keys = KeySet.import_key_set((await client.request("GET", metadata["jwks_uri"], withhold_token=True)).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=["ES256", "RS256"]).claims
        assert (claims["iss"], claims["aud"]) == (own_demo.url, client_id)
        assert claims["nonce"] == "n-of-this-departure"
        assert (await client.get(metadata["userinfo_endpoint"])).json()["sub"] == claims["sub"]
        assert (await client.get(measures)).json()["resourceType"] == "Bundle"

        first = token["access_token"]
        await client.refresh_token(metadata["token_endpoint"])
        assert client.token["access_token"] != first
        assert (await client.get(measures)).status_code == 200
        await client.revoke_token(metadata["revocation_endpoint"], client.token["refresh_token"], "refresh_token")
        assert (await client.get(measures)).status_code == 401
        with pytest.raises(OAuthError) as refused:
            await client.fetch_token(
                metadata["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
            )
        assert refused.value.error == "invalid_grant"


async def test_an_assertion_for_an_hour_is_too_long(own_demo: Running) -> None:
    """RFC 7523 §3 with FAPI 2.0 and SMART: five minutes at most."""
    known = own_demo.party("glucolink")
    async with app(own_demo, "glucolink") as client:
        key = ECKey.import_key(known["jwk"])
        client.register_client_auth_method(PrivateKeyJWT(headers={"kid": key.kid}, alg="ES256"))
        with pytest.raises(OAuthError) as refused:
            await client.fetch_token(f"{own_demo.url}/token", grant_type="refresh_token", refresh_token="rt_any")
        assert refused.value.error == "invalid_client"


async def test_a_service_of_its_own(own_demo: Running) -> None:
    async with app(own_demo, "bench") as client:
        client.scope = None
        token = await client.fetch_token(f"{own_demo.url}/token", grant_type="client_credentials")
        assert token["token_type"] == "Bearer"
        assert "refresh_token" not in token


async def test_a_state_of_another_departure_is_not_believed(own_demo: Running, person: Person) -> None:
    async with app(own_demo, "bench") as client:
        url, _ = client.create_authorization_url(f"{own_demo.url}/authorize", code_verifier="v" * 64)
        back = await person.go(url, {"consent": ["measures:read"], "duration": "P3M"})
        assert parse_qs(urlsplit(back).query)["iss"] == [own_demo.url]
        with pytest.raises(MismatchingStateException):
            await client.fetch_token(
                f"{own_demo.url}/token", authorization_response=back, code_verifier="v" * 64, state="another"
            )
