"""An app that asks its person elsewhere (CIBA), and where it may be called back."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from clients import store as clients
from idp.settings import IdpSettings
from tests.house import Home
from tests.party import Party, Reply

GRANT = "urn:openid:params:grant-type:ciba"


@dataclass
class Asker(Party):
    """An app that signs its requests, or does not."""

    signs: bool = True

    def object(self, *, header: dict[str, Any] | None = None, key: ECKey | None = None, **changes: Any) -> str:
        """A signed request (CIBA §7.1.1); a change of None leaves a claim out."""
        now = int(self.home.clock.now().timestamp())
        claims = {
            "iss": self.client_id,
            "aud": self.home.issuer,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(12),
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", **(header or {})}, kept, key or ECKey.import_key(self.known["jwk"]))

    async def begin(self, **changes: Any) -> Reply:
        """POST /bc-authorize for Gabrielle, unless `changes` say otherwise."""
        asked = {
            "scope": "openid profile",
            "login_hint": self.home.person("gabrielle")["identifier"],
            "binding_message": "Bleu 27",
            **changes,
        }
        if self.signs:
            return await self.post("/bc-authorize", request=self.object(**asked))
        return await self.post("/bc-authorize", **{n: None if v is None else str(v) for n, v in asked.items()})

    async def poll(self, auth_req_id: str | None) -> Reply:
        """POST /token."""
        return await self.token(grant_type=GRANT, auth_req_id=auth_req_id)


async def asker(home: Home, client_id: str = "ciba", *, signs: bool = True, **options: Any) -> Asker:
    """The demo's app, or one like it under another name with other options."""
    known = home.party("ciba")
    if client_id != "ciba":
        changed = {"backchannel_authentication_request_signing_alg": "ES256" if signs else "", **options}
        now = home.clock.now()

        def unit(db: Any) -> None:
            like = clients.find(db, "ciba")
            assert like is not None
            fields = {name: changed.pop(name) for name in list(changed) if name in ("profile", "auth_method", "jwks")}
            more = msgspec.structs.replace(like.options, **changed)
            made = replace(like, client_id=client_id, scope=like.scope | {"online_access"}, options=more, **fields)
            clients.add(db, made, now)

        await home.database.work(unit)
        known = {**known, "client_id": client_id}
    return Asker(home, known, signs=signs)


def later(home: Home, seconds: int = 6) -> None:
    home.clock.advance(timedelta(seconds=seconds))


@dataclass
class Catcher:
    """An app's notification endpoint: what came to it, and what it answers."""

    url: str = ""
    status: int = 204
    location: str = ""
    calls: list[tuple[dict[str, str], Any]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        lines = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.calls.append((headers, json.loads(body)))
        there = f"Location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {self.status} X\r\n{there}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def caught(status: int = 204) -> AsyncIterator[Catcher]:
    """An endpoint that is there for the time of a test."""
    catcher = Catcher(status=status)
    server = await asyncio.start_server(catcher.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    catcher.url = f"http://127.0.0.1:{port}/ciba"
    try:
        yield catcher
    finally:
        server.close()
        await server.wait_closed()


PATIENT = IdpSettings(
    argon2_memory_kib=64, argon2_time=1, rate_ciba_person="500 per hour", rate_ciba_app="500 per hour"
)
