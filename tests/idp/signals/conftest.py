"""An app with a stream of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection

from clients import store
from idp.signals import events
from tests.house import Home
from tests.party import Party
from tests.receiver import register, verified

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
ALL = {"scope": ["profile", "email"]}


@dataclass
class Listener:
    """An app that manages its stream, with a token of its own."""

    home: Home
    app: Party
    token: str

    async def call(self, method: str, path: str, json: Any = None, **query: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.home.client.request(method, path, json=json, params=query, headers=headers)

    async def create(self, **said: Any) -> dict[str, Any]:
        """A stream of every event, polled unless said otherwise."""
        answer = await self.call("POST", "/ssf/stream", {"events_requested": list(events.SUPPORTED), **said})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def poll(self, stream: dict[str, Any], **said: Any) -> dict[str, Any]:
        """What the poll endpoint answers."""
        path = stream["delivery"]["endpoint_url"].removeprefix(self.home.issuer)
        answer = await self.call("POST", path, {"returnImmediately": True, **said})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def heard(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        """The claims of everything that waits, in order; all of it is acknowledged."""
        sets = (await self.poll(stream))["sets"]
        await self.poll(stream, maxEvents=0, ack=list(sets))
        return [(await verified(self.home, token))[1] for token in sets.values()]


Listens = Callable[..., Awaitable[Listener]]


def _twin(house: Home, db: Connection, client_id: str) -> None:
    """Another app with the same secret."""
    known = store.find(db, "bench")
    assert known is not None
    if store.find(db, client_id) is None:
        store.add(db, replace(known, client_id=client_id, name="Un autre"), house.clock.now())


@pytest.fixture
def listens(house: Home) -> Listens:
    """Make an app a listener, with the scope that its token has."""

    async def made(client_id: str = "bench", scope: str = "ssf.manage") -> Listener:
        if client_id != "bench":
            await house.database.work(lambda db: _twin(house, db, client_id))
        await register(house, client_id, scope=frozenset({"ssf.manage", "ssf.read"}))
        app = Party(house, house.party("bench") | {"client_id": client_id})
        answer = await app.token(grant_type="client_credentials", scope=scope)
        assert answer.status == 200, answer.body
        return Listener(house, app, answer["access_token"])

    return made


@pytest.fixture
async def listener(listens: Listens) -> Listener:
    """The app "bench"."""
    return await listens()
