"""What is measured: each case makes its requests and knows a good answer from a bad one."""

import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench import bound, measures
from bench.desk import Desk
from bench.load import Asked, Judge, Next
from bench.target import Party
from kit import jose

Work = tuple[Next, Judge]
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTIONS = 12_000
_ENTRIES = 500
"""Measures in one Bundle."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the report."""

    name: str
    words: str
    work: Callable[[Desk, float], Work]
    """Makes the requests of one run that is to last so many seconds."""
    concurrency: int = 16
    each: int = 1
    """Things done by one request."""
    fits: Callable[[Desk], bool] = lambda desk: True


def _ok(status: int, head: bytes, body: bytes, _: Any) -> bool:
    return status == 200


def _tokened(status: int, head: bytes, body: bytes, _: Any) -> bool:
    return status == 200 and b'"access_token"' in body


def _same(request: bytes) -> Next:
    asked = (request, None)
    return lambda: asked


def _by_turns(requests: list[bytes]) -> Next:
    ring: deque[Asked] = deque((one, None) for one in requests)

    def following() -> Asked:
        ring.rotate(1)
        return ring[0]

    return following


def discovery(desk: Desk, seconds: float) -> Work:
    return _same(desk.get(desk.target.endpoints.discovery)), _ok


def jwks(desk: Desk, seconds: float) -> Work:
    return _same(desk.get(desk.target.endpoints.jwks)), _ok


def client_credentials(desk: Desk, seconds: float) -> Work:
    fields = {"grant_type": "client_credentials"}
    return _same(desk.form(desk.target.endpoints.token, fields, desk.target.client)), _tokened


def client_credentials_key(desk: Desk, seconds: float) -> Work:
    """Assertions are signed beforehand, each good once."""
    party = desk.target.keyed
    if party is None or party.jwk is None:
        raise LookupError("no client with a key")
    left = _assertions(party, min(_ASSERTIONS, int(3000 * seconds)))

    def following() -> Asked | None:
        if not left:
            return None
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": left.pop(),
        }
        return desk.form(desk.target.endpoints.token, fields), None

    return following, _tokened


def _assertions(party: Party, count: int) -> list[str]:
    key, now = jose.import_key(party.jwk or {}), int(time.time())
    fixed = {"iss": party.client_id, "sub": party.client_id, "aud": party.audience, "iat": now, "exp": now + 240}
    return [
        jose.sign({**fixed, "jti": secrets.token_urlsafe(16)}, key, algorithm="ES256", typ="JWT") for _ in range(count)
    ]


def authorize(desk: Desk, seconds: float) -> Work:
    return desk.authorize, desk.coded


def code(desk: Desk, seconds: float) -> Work:
    """Codes are collected just before: each is exchanged once."""
    found = desk.collect(seconds)
    if found.errors:
        raise RuntimeError(f"codes cannot be collected: {found.first_error}")
    return desk.exchange, _tokened


def refresh(desk: Desk, seconds: float) -> Work:
    """Each answer's new token goes back into the pool, so that rotation is what is measured."""
    pool = desk.tokens("refresh")
    left = deque(one["refresh_token"] for one in pool)
    pool.clear()

    def following() -> Asked | None:
        fields = {"grant_type": "refresh_token", "refresh_token": left.popleft()}
        return desk.form(desk.target.endpoints.token, fields, desk.target.client), None

    def judge(status: int, head: bytes, body: bytes, _: Any) -> bool:
        mark = b'"refresh_token":"'
        at = body.find(mark)
        if status != 200 or at < 0:
            return False
        start = at + len(mark)
        left.append(body[start : body.find(b'"', start)].decode())
        return True

    return following, judge


def introspection(desk: Desk, seconds: float) -> Work:
    path, client = desk.target.endpoints.introspection, desk.target.client
    requests = [desk.form(path, {"token": one["access_token"]}, client) for one in desk.tokens("access")]
    return _by_turns(requests), lambda status, head, body, _: status == 200 and b'"active":true' in body


def introspection_jwt(desk: Desk, seconds: float) -> Work:
    """The same, answered by a signed token (RFC 9701)."""
    path, client = desk.target.endpoints.introspection, desk.target.client
    kind, media = "application/token-introspection+jwt", "application/x-www-form-urlencoded"
    requests = [
        desk.post(
            path,
            urlencode({"token": one["access_token"]}).encode(),
            media,
            f"Authorization: {client.basic}\r\n",
            accept=kind,
        )
        for one in desk.tokens("access")
    ]
    return _by_turns(requests), lambda status, head, body, _: status == 200 and body.count(b".") == 2


def userinfo(desk: Desk, seconds: float) -> Work:
    path = desk.target.endpoints.userinfo
    requests = [desk.get(path, f"Authorization: Bearer {one['access_token']}\r\n") for one in desk.tokens("access")]
    return _by_turns(requests), lambda status, head, body, _: status == 200 and b'"sub"' in body


def observation(desk: Desk, seconds: float) -> Work:
    """One measure a request, always a new one."""
    path = f"{desk.target.endpoints.measures}/Observation"
    tokens = _adding(desk)

    def following() -> Asked:
        tokens.rotate(1)
        body = json.dumps(measures.observation()).encode()
        return desk.post(path, body, "application/fhir+json", f"Authorization: Bearer {tokens[0]}\r\n"), None

    return following, lambda status, head, body, _: status == 201


def bundle(desk: Desk, seconds: float) -> Work:
    """Five hundred new measures a request, kept whole or not at all."""
    path = desk.target.endpoints.measures
    tokens = _adding(desk)

    def following() -> Asked:
        tokens.rotate(1)
        body = json.dumps(measures.transaction(_ENTRIES)).encode()
        return desk.post(path, body, "application/fhir+json", f"Authorization: Bearer {tokens[0]}\r\n"), None

    return following, lambda status, head, body, _: status == 200 and body.count(b'"201 Created"') == _ENTRIES


def _adding(desk: Desk) -> deque[str]:
    """Tokens that may add measures, the people by turns."""
    return deque(one["access_token"] for one in desk.tokens("measures", desk.target.measures(0)))


def _keeps_measures(desk: Desk) -> bool:
    return bool(desk.target.endpoints.measures)


CASES: tuple[Case, ...] = (
    Case("discovery", "GET the provider's metadata", discovery),
    Case("jwks", "GET the key set", jwks),
    Case("client_credentials", "a token for the client itself, by secret", client_credentials),
    Case(
        "client_credentials_key",
        "the same, by private_key_jwt",
        client_credentials_key,
        fits=lambda desk: desk.target.keyed is not None,
    ),
    Case("authorize", "signed in and agreed before: a code at once", authorize),
    Case("code", "code and verifier for tokens and an id token", code),
    Case("refresh", "a refresh token for its successor", refresh),
    Case("introspection", "of an access token of a person", introspection),
    Case("introspection_jwt", "the same, answered by a signed token", introspection_jwt),
    Case("pushed", "PAR with private_key_jwt and DPoP", bound.pushed, fits=bound.fits),
    Case("pushed_authorize", "the browser brings each: a code at once", bound.opened, fits=bound.fits),
    Case("pushed_code", "each code for tokens bound by DPoP", bound.redeemed, fits=bound.fits),
    Case("userinfo", "by an access token of a person", userinfo),
    Case("observation", "one measure added, judged, journaled", observation, fits=_keeps_measures),
    Case(
        "bundle", f"{_ENTRIES} measures in one transaction", bundle, concurrency=4, each=_ENTRIES, fits=_keeps_measures
    ),
)
"""In this order."""

BY_NAME = {case.name: case for case in CASES}
