"""The guard remembers what it verified, as much as there is room for, and never longer than it is good."""

from datetime import datetime, timedelta

import pytest
from joserfc.jwk import Key
from starlette.requests import Request

from kit import guard, jose
from kit.guard import Guard
from kit.problems import Refusal
from kit.proof.desk import Desk
from kit.proof.dpop import Nonces
from tests.house import StillClock
from tests.kit.proof.signer import Signer

ISSUER = "https://provider.example.org"


@pytest.fixture
def key() -> Key:
    return jose.generate("ES256", "key_1")


@pytest.fixture
def door(key: Key, clock: StillClock) -> Guard:
    return Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: [key], clock=clock)


def token(key: Key, clock: StillClock, number: int = 0) -> str:
    at = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "somebody",
        "client_id": "app",
        "scope": "openid profile",
        "jti": f"t-{number}",
        "iat": at,
        "exp": at + 300,
    }
    return jose.sign(claims, key, algorithm="ES256", typ="at+jwt")


def test_a_token_verified_once_is_known_until_it_expires(door: Guard, key: Key, clock: StillClock) -> None:
    one = token(key, clock)
    assert door.verify(one) is door.verify(one)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(Refusal, match="invalid_token"):
        door.verify(one)


def test_memory_is_bounded_and_tokens_in_use_stay(
    door: Guard, key: Key, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_MOST_KNOWN", 10)
    used = token(key, clock)
    first = door.verify(used)
    for number in range(1, 30):
        door.verify(token(key, clock, number))
        assert door.verify(used) is first
    assert len(door._known) == 10


def test_tokens_of_one_scope_share_it(door: Guard, key: Key, clock: StillClock) -> None:
    assert door.verify(token(key, clock, 1)).scope is door.verify(token(key, clock, 2)).scope


def test_a_withdrawn_key_takes_what_it_signed_with_it(key: Key, clock: StillClock) -> None:
    keys = [key]
    door = Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: keys, clock=clock)
    one = token(key, clock)
    door.verify(one)
    keys.clear()
    with pytest.raises(Refusal, match="invalid_token"):
        door.verify(one)


def bound(key: Key, clock: StillClock, confirmation: object) -> str:
    at = int(clock.now().timestamp())
    claims = {
        **{"iss": ISSUER, "aud": ISSUER, "sub": "somebody", "client_id": "app", "jti": "t", "iat": at, "exp": at + 300},
        "cnf": confirmation,
    }
    return jose.sign(claims, key, algorithm="ES256", typ="at+jwt")


def brought(token: str, scheme: str = "Bearer", **headers: str) -> Request:
    said = {"authorization": f"{scheme} {token}", **headers}
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    return Request({"type": "http", "method": "GET", "path": "/here", "raw_path": b"/here", "headers": raw})


def desk(*, address: str = ISSUER) -> Desk:
    seen: set[str] = set()

    async def once(mark: str, until: datetime) -> bool:
        first = mark not in seen
        seen.add(mark)
        return first

    return Desk((address,), once, Nonces(bytes(32)))


@pytest.mark.parametrize(
    "confirmation",
    [{"jkt": "x"}, {"x5t#S256": "x"}, {"jwk": {}}, {"kid": "k"}, {}, {"jkt": "x", "x5t#S256": "x"}],
)
@pytest.mark.parametrize("scheme", ["Bearer", "DPoP"])
async def test_a_binding_that_is_not_met_or_not_understood_is_no_bearer_token(
    door: Guard, key: Key, clock: StillClock, confirmation: dict[str, object], scheme: str
) -> None:
    with pytest.raises(Refusal, match="invalid_token"):
        await door.admit(brought(bound(key, clock, confirmation), scheme))


async def test_where_no_proofs_are_taken_a_token_bound_to_a_key_is_refused(key: Key, clock: StillClock) -> None:
    signer = Signer()
    token = bound(key, clock, {"jkt": signer.jkt})
    proof = signer.proof("GET", f"{ISSUER}/here", clock.now(), token=token)
    asked = brought(token, "DPoP", dpop=proof)
    with pytest.raises(Refusal, match="invalid_token"):
        await Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: [key], clock=clock).admit(asked)
    open_door = Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: [key], clock=clock, desk=desk())
    assert (await open_door.admit(asked)).subject == "somebody"
    with pytest.raises(Refusal, match="invalid_dpop_proof"):
        await open_door.admit(asked)


async def test_the_address_of_a_proof_is_one_of_ours_as_the_caller_wrote_it(key: Key, clock: StillClock) -> None:
    signer = Signer()
    token = bound(key, clock, {"jkt": signer.jkt})
    door = Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: [key], clock=clock, desk=desk())
    for path, written in ((b"/a%20b", "/a%20b"), (b"/a/%C3%A9", "/a/%c3%a9"), (b"/here?x=y", "/here")):
        asked = brought(token, "DPoP", dpop=signer.proof("GET", ISSUER + written, clock.now(), token=token))
        asked.scope["raw_path"] = path
        assert await door.admit(asked)
    del asked.scope["raw_path"]
    asked.scope["path"] = "/a b"
    with pytest.raises(Refusal):
        await door.admit(asked)


async def test_without_a_token_both_schemes_are_offered_where_both_are_taken(key: Key, clock: StillClock) -> None:
    asked = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    for given, words in ((None, 'Bearer realm="espace", resource_metadata='), (desk(), 'DPoP realm="espace", algs=')):
        with pytest.raises(Refusal) as said:
            await Guard(issuer=ISSUER, audience=ISSUER, keys=lambda: [key], clock=clock, desk=given).admit(asked)
        assert words in said.value.headers["www-authenticate"]


def test_a_refusal_is_told_in_the_scheme_of_the_caller(door: Guard) -> None:
    refusal = Refusal("x", "x", status=403, headers={"www-authenticate": 'Bearer realm="espace", error="x"'})
    said = door.told(brought("t", "dpop"), refusal).headers["www-authenticate"]
    assert said.startswith('DPoP realm="espace", error="x", algs="')
    assert door.told(brought("t"), refusal).headers["www-authenticate"] == said  # once is enough
    silent = Refusal("x", "x", status=404)
    assert door.told(brought("t"), silent).headers == {}
