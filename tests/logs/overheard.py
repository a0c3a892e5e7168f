"""Everything secret that passes between a client and the server, learnt on the way; and what a log line gives away."""

import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from tests.leaks import Watch
from tests.servers.server import Wire

FIELDS = {
    "access_token",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "identifier",
    "email",
    "mobile",
    "nir",
    "password",
    "password_confirmation",
    "provisional_code",
    "refresh_token",
    "token",
    "vitale_serial",
}
"""What a form or an address calls a secret, or what tells who somebody is."""
TOKENS = {"access_token", "id_token", "refresh_token"}
"""The same in an answer in JSON."""


@dataclass
class Overheard(httpx2.AsyncBaseTransport):
    """A wire that remembers."""

    wire: Wire
    secrets: set[str] = field(default_factory=set)

    def learn(self, *values: str) -> None:
        """Remember these; words so short that they stand in any line are left out."""
        self.secrets.update(value for value in values if len(value) >= 5)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = request.content if isinstance(request.stream, httpx2.ByteStream) else b""
        self._pairs(request.url.query.decode())
        if b"=" in body[:200] and not body.startswith((b"{", b"--")):
            self._pairs(body.decode())
        for cookie in SimpleCookie(request.headers.get("cookie", "")).values():
            self.learn(cookie.value)
        self.learn(*request.headers.get("authorization", "").split()[1:])
        answer = await self.wire.handle_async_request(request)
        content = await answer.aread()
        for line in answer.headers.get_list("set-cookie"):
            self.learn(*(cookie.value for cookie in SimpleCookie(line).values()))
        self._pairs(urlsplit(answer.headers.get("location", "")).query)
        if "json" in answer.headers.get("content-type", ""):
            self._members(json.loads(content or b"null"))
        return answer

    def found_in(self, line: str) -> list[str]:
        """What this line gives away."""
        found = [f"a secret of {len(one)} characters" for one in self.secrets if one in line]
        found += [name for name in ("authorization", "set-cookie", "cookie") if name in line.lower()]
        known = Watch().leaks(line)
        return [*found, known] if known else found

    def _pairs(self, text: str) -> None:
        self.learn(*(value for name, value in parse_qsl(text) if name in FIELDS))

    def _members(self, value: Any) -> None:
        if isinstance(value, dict):
            self.learn(*(str(one) for name, one in value.items() if name in TOKENS))
            for one in value.values():
                self._members(one)
        elif isinstance(value, list):
            for one in value:
                self._members(one)
