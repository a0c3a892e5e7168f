"""The door of a resource server: an access token in, verified claims out (RFC 6750, RFC 9068)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from joserfc.jwk import Key
from starlette.requests import Request

from kit import jose
from kit.clock import Clock
from kit.problems import Refusal
from kit.secrets import digest

_MOST_KNOWN = 2_000
"""Tokens remembered, those used last: some two kilobytes each."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified access token says. It is the ceiling; what is agreed now is asked elsewhere, at each call."""

    subject: str
    client_id: str
    scope: frozenset[str]
    token_id: str
    issued_at: datetime
    expires_at: datetime
    grant_id: str | None
    patient: str | None
    family_id: str | None
    session_id: str | None
    acr: str | None
    auth_time: int | None
    audience: tuple[str, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was verified, and the name of the key that signed it."""

    claims: AccessClaims
    kid: str


class Guard:
    """Verifies the tokens presented to one audience.

    A token once verified is remembered by its digest until it expires; whether it is still *allowed* never is.
    """

    def __init__(self, *, issuer: str, audience: str, keys: Callable[[], Sequence[Key]], clock: Clock) -> None:
        self._issuer = issuer
        self.audience = audience
        self._keys = keys
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def claims(self, request: Request) -> AccessClaims:
        """The claims of the request's bearer token. Raises Refusal(401) with WWW-Authenticate."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(
                "token_missing",
                "an access token is needed",
                status=401,
                headers={"www-authenticate": 'Bearer realm="espace"'},
            )
        return self.verify(token.strip())

    def verify(self, token: str) -> AccessClaims:
        """The claims of a token meant for this audience. Raises Refusal("invalid_token", 401)."""
        claims = self.recognise(token)
        if self.audience not in claims.audience:
            raise self._refused("wrong audience")
        return claims

    def recognise(self, token: str) -> AccessClaims:
        """The claims of a token of our issuer, whoever it is for: to judge the token itself, never to serve on it.

        A key that was withdrawn takes with it what it signed. Raises Refusal("invalid_token", 401).
        """
        now = self._clock.now()
        mark = digest(token)
        known = self._known.get(mark)
        keys = self._keys()
        if known is None:
            known = _Known(self._read(token, keys, now), str(jose.header_of(token).get("kid")))
            self._known[mark] = known
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        elif not any(key.kid == known.kid for key in keys):
            self._known.pop(mark, None)
            raise self._refused("its key was withdrawn")
        else:
            self._known.move_to_end(mark)
        if known.claims.expires_at <= now:
            self._known.pop(mark, None)
            raise self._refused("expired")
        return known.claims

    def _read(self, token: str, keys: Sequence[Key], now: datetime) -> AccessClaims:
        try:
            claims = jose.verify(
                token,
                keys,
                algorithms=jose.ALGORITHMS,
                typ=("at+jwt",),
                issuer=self._issuer,
                audience=None,
                now=now,
                required=("iss", "exp", "aud", "sub", "client_id", "iat", "jti"),
            )
        except jose.BadToken as error:
            raise self._refused(str(error)) from error
        return access_claims(claims)

    @staticmethod
    def _refused(why: str) -> Refusal:
        challenge = 'Bearer realm="espace", error="invalid_token", error_description="the access token is not valid"'
        return Refusal(
            "invalid_token",
            "the access token is not valid or has expired",
            status=401,
            detail=why,
            headers={"www-authenticate": challenge},
        )


def access_claims(claims: Mapping[str, Any]) -> AccessClaims:
    """Verified RFC 9068 claims as a record."""
    audience = claims["aud"]
    return AccessClaims(
        subject=str(claims["sub"]),
        client_id=str(claims["client_id"]),
        scope=_words(str(claims.get("scope", ""))),
        token_id=str(claims["jti"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        grant_id=claims.get("grant_id"),
        patient=claims.get("patient"),
        family_id=claims.get("fam"),
        session_id=claims.get("sid"),
        acr=claims.get("acr"),
        auth_time=claims.get("auth_time"),
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        raw=claims,
    )


@lru_cache(maxsize=512)
def _words(scope: str) -> frozenset[str]:
    """The words of a scope; tokens that say the same share them."""
    return frozenset(scope.split())
