"""The guard remembers what it verified, as much as there is room for, and never longer than it is good."""

from datetime import timedelta

import pytest
from joserfc.jwk import Key

from kit import guard, jose
from kit.guard import Guard
from kit.problems import Refusal
from tests.house import StillClock

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
