"""A client's keys: read once when registered, fetched and remembered when published at its address."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from clients.keysets import AGAIN, FRESH, KEPT, KeySets
from clients.options import Options
from clients.records import Client, Kind, Status
from kit import jose, jwe
from kit.fetch import Fetch, FetchSettings
from tests.house import StillClock
from tests.stands import Stand, said, standing

ONE, TWO = jose.generate("ES256", "one"), jose.generate("ES256", "two")
SEALING = jwe.generate("ECDH-ES", "seal")


class Publisher:
    """What a client publishes, and may change."""

    def __init__(self) -> None:
        self.body = b""
        self.status = "200 OK"
        self.pause = 0.0
        self.stand = Stand()
        self.publish(ONE)

    def publish(self, *keys: Any) -> None:
        self.body = json.dumps(jose.public_set(keys)).encode()

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.pause)
        writer.write(said(self.body, self.status))
        await writer.drain()

    @property
    def asked(self) -> int:
        return len(self.stand.asked)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher()
    async with standing(made.answer) as made.stand:
        yield made


@pytest.fixture
async def keysets(clock: StillClock) -> AsyncIterator[KeySets]:
    fetch = Fetch(FetchSettings(loopback=True, deadline=timedelta(seconds=0.5)))
    yield KeySets(fetch, clock)
    fetch.close()


@pytest.fixture
def plain(clock: StillClock) -> Client:
    return Client(client_id="app", name="App", kind=Kind.APP, status=Status.REFERENCED, created_at=clock.now())


@pytest.fixture
def client(plain: Client, publisher: Publisher) -> Client:
    return replace(plain, options=Options(jwks_uri=publisher.stand.url))


async def names(keysets: KeySets, client: Client, kid: str | None = None) -> list[str | None]:
    return [key.kid for key in await keysets.keys(client, kid)]


async def test_registered_keys_are_read_once_and_wait_for_nobody(keysets: KeySets, plain: Client) -> None:
    client = replace(plain, jwks=jose.public_set([ONE, SEALING]))
    asking = keysets.keys(client, "unknown")
    with pytest.raises(StopIteration) as stopped:
        asking.send(None)  # it is over before it ever waited
    keys = stopped.value.value
    assert [key.kid for key in keys] == ["one"]
    assert await keysets.keys(client) is keys
    same = replace(client, jwks=msgspec.json.decode(msgspec.json.encode(client.jwks)))
    assert await keysets.keys(same) is keys
    assert keysets.known(client) is keys
    changed = replace(plain, jwks=jose.public_set([TWO]))
    assert await names(keysets, changed) == ["two"]
    assert await names(keysets, plain) == []


async def test_published_keys_are_fetched_once_for_all_who_wait(
    keysets: KeySets, client: Client, publisher: Publisher
) -> None:
    publisher.pause = 0.05
    assert keysets.known(client) == []
    assert await asyncio.gather(*(names(keysets, client, "one") for _ in range(20))) == [["one"]] * 20
    assert publisher.asked == 1
    assert await names(keysets, client) == ["one"]
    assert [key.kid for key in keysets.known(client)] == ["one"]
    assert publisher.asked == 1


async def test_a_key_that_nobody_knows_is_looked_for_but_not_at_every_request(
    keysets: KeySets, client: Client, publisher: Publisher, clock: StillClock
) -> None:
    assert await names(keysets, client, "one") == ["one"]
    publisher.publish(ONE, TWO)
    assert await names(keysets, client, "two") == ["one"]
    assert publisher.asked == 1
    clock.advance(AGAIN)
    assert await names(keysets, client, "two") == ["one", "two"]
    for number in range(50):
        await names(keysets, client, f"made-up-{number}")
    assert publisher.asked == 2
    clock.advance(AGAIN)
    await asyncio.gather(*(names(keysets, client, f"made-up-{number}") for number in range(50)))
    assert publisher.asked == 3


async def test_keys_without_a_name_are_looked_at_again_sooner(
    keysets: KeySets, client: Client, publisher: Publisher, clock: StillClock
) -> None:
    nameless = jose.import_key({k: v for k, v in TWO.as_dict(private=False).items() if k != "kid"})
    assert await names(keysets, client) == ["one"]
    publisher.publish(nameless)
    assert await names(keysets, client) == ["one"]
    clock.advance(AGAIN)
    assert await keysets.encryption_key(client, "ECDH-ES") is None
    assert publisher.asked == 1
    assert await names(keysets, client) == [None]
    token = jose.sign({"a": 1}, TWO, algorithm="ES256", typ="x")
    assert jose.verify_signature(token, await keysets.keys(client), algorithms=("ES256",), typ=None) == {"a": 1}


async def test_a_key_that_was_withdrawn_is_forgotten_in_time(
    keysets: KeySets, client: Client, publisher: Publisher, clock: StillClock
) -> None:
    publisher.publish(ONE, TWO)
    assert await names(keysets, client) == ["one", "two"]
    publisher.publish(TWO)
    clock.advance(FRESH - timedelta(seconds=1))
    assert await names(keysets, client, "one") == ["one", "two"]
    clock.advance(timedelta(seconds=1))
    assert await names(keysets, client, "one") == ["two"]


@pytest.mark.parametrize("trouble", ["500 Broken", "404 Not Found", "302 Found"])
async def test_the_last_good_keys_are_kept_while_the_address_fails_and_not_for_ever(
    keysets: KeySets, client: Client, publisher: Publisher, clock: StillClock, trouble: str
) -> None:
    assert await names(keysets, client) == ["one"]
    publisher.status = trouble
    clock.advance(FRESH)
    assert await names(keysets, client, "one") == ["one"]
    assert await names(keysets, client, "one") == ["one"]
    assert publisher.asked == 2  # a failure is not repeated at every request either
    clock.advance(KEPT - FRESH - timedelta(seconds=1))
    assert await names(keysets, client) == ["one"]
    clock.advance(timedelta(seconds=1))
    assert await names(keysets, client) == []
    assert keysets.known(client) == []
    publisher.status = "200 OK"
    clock.advance(AGAIN)
    assert await names(keysets, client) == ["one"]


async def test_an_address_that_hangs_costs_its_client_one_wait_in_thirty_seconds(
    keysets: KeySets, client: Client, publisher: Publisher, clock: StillClock
) -> None:
    publisher.pause = 5
    assert await names(keysets, client) == []
    assert await names(keysets, client) == []
    assert publisher.asked == 1


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"keys": {}}', b'{"keys": 7}', b"no", b'"' + b"x" * 70_000 + b'"'])
async def test_what_is_no_key_set_is_none(keysets: KeySets, client: Client, publisher: Publisher, body: bytes) -> None:
    publisher.body = body
    assert await names(keysets, client) == []


async def test_only_so_many_keys_are_read(keysets: KeySets, client: Client, publisher: Publisher) -> None:
    publisher.body = json.dumps({"keys": [{}] * 60 + [ONE.as_dict(private=False)]}).encode()
    assert await names(keysets, client) == []


async def test_a_private_network_is_not_reached_through_a_registration(keysets: KeySets, plain: Client) -> None:
    for address in ("http://10.0.0.1:8080/keys", "https://169.254.169.254/latest/meta-data/", "file:///etc/passwd"):
        assert await names(keysets, replace(plain, options=Options(jwks_uri=address))) == []


async def test_answers_are_encrypted_to_the_key_that_is_meant_for_it(
    keysets: KeySets, client: Client, publisher: Publisher, plain: Client
) -> None:
    publisher.publish(ONE, SEALING)
    for one in (client, replace(plain, jwks=jose.public_set([ONE, SEALING]))):
        found = await keysets.encryption_key(one, "ECDH-ES")
        assert found is not None
        assert found.kid == "seal"
        assert await keysets.encryption_key(one, "RSA-OAEP-256") is None
        assert await keysets.encryption_key(one, "RSA1_5") is None
        assert await names(keysets, one) == ["one"]
    assert await keysets.encryption_key(plain, "ECDH-ES") is None


async def test_a_key_that_says_what_it_is_for_comes_first(keysets: KeySets, plain: Client) -> None:
    def said(key: Any, **changes: Any) -> dict[str, Any]:
        kept = {k: v for k, v in key.as_dict(private=False).items() if k not in {"use", "alg"}}
        return {**kept, **changes}

    sets = [
        ([said(ONE), said(SEALING, use="enc")], "seal"),
        ([said(ONE, key_ops=["verify"]), said(SEALING)], "seal"),
        ([said(ONE, use="enc", alg="ECDH-ES+A256KW"), said(SEALING)], "seal"),
        ([said(SEALING)], "seal"),
        ([said(ONE, key_ops=["verify"])], None),
        ([said(ONE, use="sig")], None),
    ]
    for keys, kid in sets:
        found = await keysets.encryption_key(replace(plain, jwks={"keys": keys}), "ECDH-ES")
        assert (found.kid if found else None) == kid


async def test_two_clients_of_one_address_share_what_was_fetched(
    keysets: KeySets, client: Client, publisher: Publisher
) -> None:
    await asyncio.gather(names(keysets, client), names(keysets, replace(client, client_id="other")))
    assert publisher.asked == 1
