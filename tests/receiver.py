"""What an app runs to hear of sign-outs and of signals: a real server on this machine, and what it checks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws, jwt
from joserfc.jwk import KeySet
from msgspec.structs import replace as with_fields

from clients import store
from tests.house import Home
from tests.stands import Stand, said, standing

ALGORITHMS = ["RS256", "ES256"]


@dataclass
class Receiver:
    """Answers with the statuses of `answers`, the last one for ever after; keeps what it was sent."""

    stand: Stand
    answers: list[tuple[str, bytes]] = field(default_factory=lambda: [("200 OK", b"")])

    @property
    def url(self) -> str:
        return self.stand.url

    @property
    def heads(self) -> list[str]:
        return [one.partition("\r\n\r\n")[0] for one in self.stand.asked]

    @property
    def bodies(self) -> list[str]:
        return [one.partition("\r\n\r\n")[2] for one in self.stand.asked]

    @property
    def logout_tokens(self) -> list[str]:
        return [parse_qs(body)["logout_token"][0] for body in self.bodies]

    def answer(self, *statuses: str | tuple[str, bytes]) -> None:
        """What it says from now on."""
        self.answers = [one if isinstance(one, tuple) else (one, b"") for one in statuses]


@asynccontextmanager
async def receiving(*statuses: str | tuple[str, bytes]) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    held: list[Receiver] = []

    async def says(writer: asyncio.StreamWriter) -> None:
        answers = held[0].answers
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        writer.write(said(body, status))
        await writer.drain()

    async with standing(says) as stand:
        held.append(Receiver(stand))
        if statuses:
            held[0].answer(*statuses)
        yield held[0]


async def register(home: Home, client_id: str, *, scope: frozenset[str] = frozenset(), **options: Any) -> None:
    """Change what a client registered."""

    def unit(db: Any) -> bool:
        known = store.find(db, client_id)
        assert known is not None
        changed = replace(known, scope=known.scope | scope, options=with_fields(known.options, **options))
        return store.replace(db, changed, home.clock.now())

    assert await home.database.work(unit)
    home.house.clients.forget(client_id)


async def verified(home: Home, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, its signature checked with the keys that the provider publishes."""
    keys = KeySet.import_key_set((await home.client.get("/jwks")).json())
    found = jwt.decode(token, keys, algorithms=ALGORITHMS)
    return dict(jws.extract_compact(token.encode()).protected), dict(found.claims)
