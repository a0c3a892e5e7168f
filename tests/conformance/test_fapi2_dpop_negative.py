"""fapi2-security-profile-final-dpop-negative-tests: what a resource refuses of a proof, and what it must not refuse."""

import secrets

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.conformance.fapi2 import RESOURCE
from tests.proofs import Prover


@pytest.fixture
async def token(one):
    return (await one.tokens())["access_token"]


async def shown(one, token, proof, **more):
    return await one.resource(token, headers={"dpop": proof, **more})


@pytest.mark.parametrize(
    "changes",
    [
        {"jti": None},
        {"htm": None},
        {"htu": None},
        {"iat": None},
        {"ath": None},
        {"htm": "PUT"},
        {"htu": "{issuer}/elsewhere"},
        {"iat": -3600},
        {"iat": 3600},
        {"ath": "wrong"},
    ],
)
async def test_a_wrong_claim_is_refused(op, one, token, changes):
    now = int(op.clock.now().timestamp())
    said = {
        name: now + value if isinstance(value, int) else value.format(issuer=op.issuer) if value else None
        for name, value in changes.items()
    }
    answer = await shown(one, token, one.prover.proof("GET", RESOURCE, token=token, **said))
    assert answer.status_code in {400, 401}
    assert answer.headers["www-authenticate"].startswith("DPoP")


@pytest.mark.parametrize("what", ["typ", "alg none", "hmac", "no jwk", "private jwk", "signature", "two parts"])
async def test_a_wrong_header_is_refused(op, one, token, what):
    good = one.prover.proof("GET", RESOURCE, token=token)
    said, key = jwt.decode(good, one.prover.key).claims, one.prover.key
    public = {name: value for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public}
    said["jti"] = secrets.token_urlsafe(16)
    made = {
        "typ": lambda: jwt.encode({**header, "typ": "jwt"}, said, key),
        "alg none": lambda: "eyJhbGciOiJub25lIiwidHlwIjoiZHBvcCtqd3QifQ." + good.split(".")[1] + ".",
        "hmac": lambda: jwt.encode({**header, "alg": "HS256"}, said, OctKey.import_key("s" * 32)),
        "no jwk": lambda: jwt.encode({"typ": "dpop+jwt", "alg": "ES256"}, said, key),
        "private jwk": lambda: jwt.encode({**header, "jwk": public | {"d": key.as_dict(private=True)["d"]}}, said, key),
        "signature": lambda: jwt.encode(header, said, Prover(op).key),
        "two parts": lambda: good.rpartition(".")[0],
    }[what]()
    assert (await shown(one, token, made)).status_code in {400, 401}


async def test_what_is_only_unusual_is_taken(op, one, token):
    for path in (f"{op.issuer}{RESOURCE}?a=b#c", f"{op.issuer.upper().replace('HTTP', 'HTTP')}{RESOURCE}"):
        proof = one.prover.proof("GET", RESOURCE, token=token, htu=path, more="claims")
        assert (await shown(one, token, proof)).status_code == 200, path
    answer = await op.client.get(
        RESOURCE,
        headers={"AUTHORIZATION": f"DPoP {token}", "DPOP": one.prover.proof("GET", RESOURCE, token=token)},
    )
    assert answer.status_code == 200


async def test_a_proof_is_used_once(one, token):
    proof = one.prover.proof("GET", RESOURCE, token=token)
    assert (await shown(one, token, proof)).status_code == 200
    assert (await shown(one, token, proof)).status_code in {400, 401}


async def test_two_proofs_or_none_or_another_s_are_refused(op, one, token):
    two = [("authorization", f"DPoP {token}")]
    two += [("dpop", one.prover.proof("GET", RESOURCE, token=token)) for _ in range(2)]
    assert (await op.client.get(RESOURCE, headers=two)).status_code in {400, 401}
    for scheme in ("DPoP", "Bearer"):
        answer = await op.client.get(RESOURCE, headers={"authorization": f"{scheme} {token}"})
        assert answer.status_code in {400, 401}
    theirs = Prover(op).proof("GET", RESOURCE, token=token)
    assert (await shown(one, token, theirs)).status_code in {400, 401}
    assert (await shown(one, token, one.prover.proof("GET", RESOURCE, token=token))).status_code == 200
