"""The work of an app of the FAPI 2.0 profile: requests pushed, an assertion and a DPoP proof with each."""

import base64
import hashlib
import json
import secrets
import time
from collections import deque
from typing import Any
from urllib.parse import unquote, urlencode

from joserfc import jwt

from bench import load
from bench.desk import Desk
from bench.load import Asked, Judge, Next
from bench.target import Party
from kit import jose

Work = tuple[Next, Judge]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Signer:
    """The app's key, which proves who it is and what it holds; its signatures are made as they are needed."""

    def __init__(self, desk: Desk, party: Party) -> None:
        self._desk = desk
        self._party = party
        self._key = jose.import_key(party.jwk or {})
        public = {name: self._key.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
        self._header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public}

    def proof(self, path: str) -> str:
        """A DPoP proof for a POST."""
        said = {"htm": "POST", "htu": self._desk.target.origin + path, "iat": int(time.time()), "jti": _unique()}
        return jwt.encode(self._header, said, self._key)

    def form(self, path: str, fields: dict[str, str]) -> bytes:
        """A form with an assertion and a proof."""
        now, party = int(time.time()), self._party
        said = {"iss": party.client_id, "sub": party.client_id, "aud": party.audience, "iat": now, "exp": now + 240}
        assertion = jose.sign({**said, "jti": _unique()}, self._key, algorithm="ES256", typ="JWT")
        body = urlencode({**fields, "client_assertion_type": ASSERTION, "client_assertion": assertion}).encode()
        return self._desk.post(path, body, "application/x-www-form-urlencoded", f"DPoP: {self.proof(path)}\r\n")


def pushed(desk: Desk, seconds: float) -> Work:
    """POST a request; what stands for it is kept, with its verifier."""
    party = _party(desk)
    signer, kept = Signer(desk, party), _kept(desk, "pushed")
    kept.clear()

    def following() -> Asked:
        verifier = secrets.token_urlsafe(32)
        challenge = _segment(hashlib.sha256(verifier.encode()).digest()).decode()
        fields = {
            "client_id": party.client_id,
            "response_type": "code",
            "redirect_uri": desk.target.redirect_uri,
            "scope": desk.target.scope,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return signer.form(desk.target.endpoints.pushed, fields), verifier

    def judge(status: int, head: bytes, body: bytes, verifier: Any) -> bool:
        if status != 201:
            return False
        kept.append((json.loads(body)["request_uri"], verifier))
        return True

    return following, judge


def opened(desk: Desk, seconds: float) -> Work:
    """A signed-in browser brings each of them once, and goes away with a code."""
    _collect(desk, pushed(desk, seconds), seconds)
    party, left, codes = _party(desk), _kept(desk, "pushed"), _kept(desk, "codes")
    codes.clear()
    turn = 0

    def following() -> Asked | None:
        nonlocal turn
        if not left:
            return None
        urn, verifier = left.popleft()
        turn = (turn + 1) % len(desk.sessions)
        query = urlencode({"client_id": party.client_id, "request_uri": urn})
        return desk.get(f"{desk.target.endpoints.authorize}?{query}", f"Cookie: {desk.sessions[turn]}\r\n"), verifier

    def judge(status: int, head: bytes, body: bytes, verifier: Any) -> bool:
        at = head.find(b"code=")
        if status not in (302, 303) or at < 0 or b"error=" in head:
            return False
        codes.append((unquote(head[at + 5 :].split(b"&", 1)[0].split(b"\r\n", 1)[0].decode()), verifier))
        return True

    return following, judge


def redeemed(desk: Desk, seconds: float) -> Work:
    """Each of these codes for tokens that are bound to the key."""
    _collect(desk, opened(desk, seconds), seconds)
    signer, left = Signer(desk, _party(desk)), _kept(desk, "codes")

    def following() -> Asked | None:
        if not left:
            return None
        code, verifier = left.popleft()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": desk.target.redirect_uri,
            "code_verifier": verifier,
        }
        return signer.form(desk.target.endpoints.token, fields), None

    return following, lambda status, head, body, _: status == 200 and b'"DPoP"' in body


def fits(desk: Desk) -> bool:
    """The target has such an app."""
    return desk.target.bound is not None


def _collect(desk: Desk, work: Work, seconds: float) -> None:
    found = load.run(desk.address, *work, concurrency=desk.concurrency, seconds=seconds)
    if found.errors:
        raise RuntimeError(f"cannot be collected: {found.first_error}")


def _kept(desk: Desk, name: str) -> deque[tuple[str, str]]:
    return desk.bound.setdefault(name, deque())


def _party(desk: Desk) -> Party:
    if desk.target.bound is None:
        raise LookupError("no client whose tokens are bound")
    return desk.target.bound


def _unique() -> str:
    return secrets.token_urlsafe(16)


def _segment(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")
