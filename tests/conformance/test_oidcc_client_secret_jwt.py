"""OpenID Connect Core §9, client_secret_jwt: an assertion signed with the shared secret, where compat is served."""

import secrets

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from clients.records import AuthMethod
from idp.server.client_auth import SECRETS
from tests.party import ASSERTION_TYPE, reply
from tests.proofs import SECRET, enrol, registered, rsa_key


@pytest.fixture
async def app(op):
    sealed = op.ground.vault.seal(SECRETS).close(SECRET.encode(), "shared")
    client = registered(
        op,
        "shared",
        profile="compat",
        auth_method=AuthMethod.SECRET_JWT,
        secret_digest=None,
        secret_sealed=sealed,
        grant_types=frozenset({"client_credentials", "authorization_code"}),
    )
    return await enrol(op, client)


def assertion(op, *, key=None, algorithm="HS256", **changes):
    now = int(op.clock.now().timestamp())
    said = {"iss": "shared", "sub": "shared", "aud": f"{op.issuer}/token", "iat": now, "exp": now + 60}
    said = {**said, "jti": secrets.token_urlsafe(12), **changes}
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm}, kept, key or OctKey.import_key(SECRET), algorithms=[algorithm])


async def ask(op, value, **more):
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": value}
    return reply(await op.client.post("/token", data={**form, **more}))


async def test_a_good_one_is_good_once(op, app):
    value = assertion(op)
    assert (await ask(op, value)).status == 200
    assert (await ask(op, value)).refused_with("invalid_client")
    assert (await ask(op, assertion(op, aud=op.issuer))).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"sub": "bench"},
        {"iss": "bench"},
        {"exp": 1},
        {"exp": None},
        {"jti": None},
    ],
)
async def test_a_wrong_claim_is_refused(op, app, changes):
    assert (await ask(op, assertion(op, **changes))).refused_with("invalid_client")


async def test_another_secret_or_another_kind_of_key_is_refused(op, app):
    assert (await ask(op, assertion(op, key=OctKey.import_key("x" * 43)))).refused_with("invalid_client")
    assert (await ask(op, assertion(op, key=rsa_key(), algorithm="RS256"))).refused_with("invalid_client")
    form = {"grant_type": "client_credentials", "client_id": "shared", "client_secret": SECRET}
    assert reply(await op.client.post("/token", data=form)).refused_with("invalid_client")


async def test_it_is_known_only_where_the_profile_is_served(op, house, app):
    name = "token_endpoint_auth_methods_supported"
    assert "client_secret_jwt" in (await op.client.get("/.well-known/openid-configuration")).json()[name]
    assert "client_secret_jwt" not in (await house.client.get("/.well-known/openid-configuration")).json()[name]


async def test_a_key_of_a_client_is_never_its_secret(op):
    """Algorithm confusion: what is signed with a public key's text as a secret opens nothing (RFC 8725 §2.1)."""
    known = op.party("svc")
    now = int(op.clock.now().timestamp())
    said = {"iss": "svc", "sub": "svc", "aud": f"{op.issuer}/token", "exp": now + 60, "jti": secrets.token_urlsafe(12)}
    for text in (known["jwk"]["x"], str({k: v for k, v in known["jwk"].items() if k != "d"})):
        value = jwt.encode({"alg": "HS256"}, said, OctKey.import_key(text))
        assert (await ask(op, value)).refused_with("invalid_client")
