"""What the measures share: how a request is written, who is signed in, which codes and tokens are at hand."""

import base64
import hashlib
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from bench import load
from bench.load import Address, Asked, Result
from bench.target import Party, Target

TOKENS = 64
"""Tokens of people that a run uses by turns."""
_TOO_OLD = 120.0
"""Seconds after which access tokens are asked for anew."""


@dataclass
class Desk:
    """One target, everybody signed in."""

    target: Target
    sessions: list[str]
    """A Cookie header for each."""
    concurrency: int = 16
    codes: deque[tuple[str, str]] = field(default_factory=deque)
    """Codes not used yet, each with its verifier."""
    bound: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    """What the requests of the FAPI 2.0 profile are at, by name, each with its verifier."""
    _turn: int = 0
    _kept: dict[str, tuple[float, list[dict[str, Any]]]] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        """Where the target listens."""
        return self.target.server.address

    def get(self, path: str, headers: str = "") -> bytes:
        """A GET request."""
        return f"GET {path} HTTP/1.1\r\n{self._host}Accept: */*\r\n{headers}\r\n".encode()

    def post(self, path: str, body: bytes, media: str, headers: str = "", accept: str = "*/*") -> bytes:
        """A POST request."""
        head = f"POST {path} HTTP/1.1\r\n{self._host}Accept: {accept}\r\n{headers}"
        return f"{head}Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def form(self, path: str, fields: dict[str, str], party: Party | None = None) -> bytes:
        """A form, with the client's proof in the Authorization header when there is one."""
        proof = f"Authorization: {party.basic}\r\n" if party else ""
        return self.post(path, urlencode(fields).encode(), "application/x-www-form-urlencoded", proof)

    @property
    def _host(self) -> str:
        return f"Host: {self.target.origin.removeprefix('http://')}\r\n"

    def authorize(self, scope: str = "", session: int | None = None) -> Asked:
        """A request that a signed-in browser brings, with its own state, nonce and challenge; its verifier."""
        if session is None:
            session = self._turn = (self._turn + 1) % len(self.sessions)
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.target.client.client_id,
            "response_type": "code",
            "redirect_uri": self.target.redirect_uri,
            "scope": scope or self.target.scope,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        path = f"{self.target.endpoints.authorize}?{urlencode(query)}"
        return self.get(path, f"Cookie: {self.sessions[session]}\r\n"), verifier

    def coded(self, status: int, head: bytes, body: bytes, verifier: Any) -> bool:
        """The answer to `authorize` is a code: it is kept."""
        at = head.find(b"code=")
        if status not in (302, 303) or at < 0 or b"error=" in head:
            return False
        code = head[at + 5 :].split(b"&", 1)[0].split(b"\r\n", 1)[0].decode()
        self.codes.append((unquote(code), verifier))
        return True

    def exchange(self) -> Asked | None:
        """The exchange of the next code; None when there is none left."""
        if not self.codes:
            return None
        code, verifier = self.codes.popleft()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.target.redirect_uri,
            "code_verifier": verifier,
        }
        return self.form(self.target.endpoints.token, fields, self.target.client), None

    def collect(self, seconds: float) -> Result:
        """Fresh codes, as many as come in so long."""
        self.codes.clear()
        return load.run(self.address, self.authorize, self.coded, concurrency=self.concurrency, seconds=seconds)

    def tokens(self, name: str, scope: str = "") -> list[dict[str, Any]]:
        """Token answers for people, by turns; those known by that name while they are fresh enough."""
        read_at, known = self._kept.get(name, (0.0, []))
        if known and time.monotonic() - read_at < _TOO_OLD:
            return known
        found: list[dict[str, Any]] = []
        for number in range(TOKENS):
            session = number % len(self.sessions)
            request, verifier = self.authorize(scope, session)
            status, head, body = load.one(self.address, request)
            if not self.coded(status, head, body, verifier):
                raise RuntimeError(f"no code for a token: {status} {head!r} {body[:300]!r}")
            code, verifier = self.codes.pop()
            self.codes.appendleft((code, verifier))
            asked = self.exchange()
            status, _, body = load.one(self.address, asked[0]) if asked else (0, b"", b"")
            if status != 200:
                raise RuntimeError(f"no token: {status} {body[:300]!r}")
            found.append(json.loads(body))
        self._kept[name] = (time.monotonic(), found)
        return found
