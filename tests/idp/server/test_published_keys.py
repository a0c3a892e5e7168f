"""Apps that publish their keys at an address: the provider follows them, and nobody leads it elsewhere."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as changed

from clients import store
from clients.metadata import BadMetadata
from kit import jose
from tests.house import Home
from tests.party import ASSERTION_TYPE, Reply, reply
from tests.stands import Stand, said, standing


class Publisher:
    """An app's key set at an address of its own."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.pause = 0.0
        self.stand = Stand()

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.pause)
        writer.write(said(json.dumps(jose.public_set(self.keys)).encode()))
        await writer.drain()


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher()
    async with standing(made.answer) as made.stand:
        yield made


async def publish(home: Home, address: str) -> None:
    """The app "glucolink" publishes its keys there from now on."""

    def unit(db: Any) -> None:
        client = store.find(db, "glucolink")
        assert client is not None
        store.replace(
            db, replace(client, jwks=None, options=changed(client.options, jwks_uri=address)), home.clock.now()
        )

    await home.database.work(unit)
    home.clients.forget("glucolink")


async def prove(home: Home, key: Any, **header: Any) -> Reply:
    """An assertion of the app's, with a code that nobody gave: `invalid_grant` says that the app was known."""
    now = home.clock.now().timestamp()
    claims = {
        "iss": "glucolink",
        "sub": "glucolink",
        "aud": home.issuer,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(12),
    }
    form = {
        "grant_type": "authorization_code",
        "code": "cd_none",
        "redirect_uri": "https://app.example/cb",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jose.sign(claims, key, algorithm="ES256", typ="JWT"),
    }
    return reply(await home.client.post("/token", data=form))


def known(answer: Reply) -> bool:
    return (answer.status, answer["error"]) == (400, "invalid_grant")


def unknown(answer: Reply) -> bool:
    return answer.status == 401 and answer.refused_with("invalid_client")


async def test_an_app_changes_its_keys_and_is_followed(house: Home, publisher: Publisher) -> None:
    one, two, stranger = (jose.generate("ES256", name) for name in ("one", "two", "stranger"))
    publisher.keys = [one]
    await publish(house, publisher.stand.url)
    assert known(await prove(house, one))
    assert known(await prove(house, one))
    assert len(publisher.stand.asked) == 1
    publisher.keys = [two]
    house.clock.advance(timedelta(seconds=60))
    assert known(await prove(house, two))
    assert unknown(await prove(house, one))
    for _ in range(5):
        assert unknown(await prove(house, stranger))
    assert len(publisher.stand.asked) == 2


async def test_an_app_whose_address_hangs_waits_alone(house: Home, publisher: Publisher) -> None:
    key = jose.generate("ES256", "one")
    publisher.keys, publisher.pause = [key], 30.0
    await publish(house, publisher.stand.url)
    waiting = asyncio.create_task(prove(house, key))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert (await house.client.get("/jwks")).status_code == 200
    assert time.monotonic() - began < 1
    assert unknown(await waiting)
    assert unknown(await prove(house, key))
    assert len(publisher.stand.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.0.1:8443/keys",
        "https://[::ffff:10.0.0.1]/keys",
        "http://127.0.0.1:22/",
        "https://127.0.0.1:22/",
    ],
)
async def test_an_address_inside_gives_no_keys(house: Home, address: str) -> None:
    await publish(house, address)
    assert unknown(await prove(house, jose.generate("ES256", "one")))


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:9000/keys", "http://example.org/keys", "file:///etc/passwd", "https://a@127.0.0.1/"]
)
async def test_an_address_of_another_form_is_not_even_registered(house: Home, address: str) -> None:
    with pytest.raises(BadMetadata, match="jwks_uri"):
        await publish(house, address)


async def test_our_own_key_set_proves_no_app(house: Home) -> None:
    """Our address is reached inside the process; our keys are then an app's, but nobody else can sign with them."""
    await publish(house, f"{house.issuer}/jwks")
    assert unknown(await prove(house, jose.generate("ES256", house.ring.signing().kid)))


async def test_a_redirect_to_the_keys_is_not_followed(house: Home, publisher: Publisher) -> None:
    key = jose.generate("ES256", "one")
    publisher.keys = [key]
    async with standing(said(b"", "302 Found", f"location: {publisher.stand.url}")) as elsewhere:
        await publish(house, elsewhere.url)
        assert unknown(await prove(house, key))
    assert publisher.stand.asked == []
