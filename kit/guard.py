"""The door of a resource server: an access token in, verified claims out (RFC 6750, RFC 9068, RFC 9449, RFC 8705)."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import Key
from starlette.requests import Request

from kit import jose
from kit.clock import Clock
from kit.http import INTERACTION, also, interaction
from kit.problems import Refusal
from kit.proof import mtls
from kit.proof.desk import Desk
from kit.proof.dpop import ALGORITHMS, BadProof, NeedsNonce
from kit.secrets import digest, same

_MOST_KNOWN = 2_000
"""Tokens remembered, those used last: some two kilobytes each."""
_SCHEMES = ("bearer", "dpop")
_METADATA = "resource_metadata"
_ALGS = f'algs="{" ".join(ALGORITHMS)}"'
_WORDS = {
    "invalid_token": "the access token is not valid or has expired",
    "invalid_dpop_proof": "the DPoP proof is missing or not valid",
    "use_dpop_nonce": "the DPoP proof needs the nonce given here",
}


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


Resolve = Callable[[str], Awaitable[Mapping[str, Any] | None]]
"""What a token that is a mere name stands for (the claims of RFC 9068); None when it is not known or over."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was verified, and the name of the key that signed it."""

    claims: AccessClaims
    kid: str


class Guard:
    """Verifies the tokens presented to one audience, and that who presents one may.

    A token once verified is remembered by its digest until it expires; whether it is still *allowed* never is, nor is
    any proof of possession.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: Callable[[], Sequence[Key]],
        clock: Clock,
        desk: Desk | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        """Without a `desk` no token bound to a DPoP key is good; without `resolve` only signed tokens are."""
        self._issuer = issuer
        self.audience = audience
        self._keys = keys
        self._clock = clock
        self.desk = desk
        self._resolve = resolve
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def admit(self, request: Request, token: str | None = None) -> AccessClaims:
        """The claims of the request's token, once its bearer proved to hold the key that it is bound to.

        `token` is one that came elsewhere than in the Authorization header. Raises Refusal(401) with WWW-Authenticate.
        """
        also(request, INTERACTION, interaction(request))
        scheme = "bearer"
        if token is None:
            scheme, token = self._presented(request)
        claims = await self._named(token) if is_name(token) else self.verify(token)
        bound = claims.raw.get("cnf")
        if bound is not None or scheme == "dpop":
            await self._proven(request, scheme, token, bound or {})
        return claims

    def verify(self, token: str) -> AccessClaims:
        """The claims of a signed token meant for this audience. Raises Refusal("invalid_token", 401).

        Whether who presents it may is `admit`'s to say.
        """
        claims = self.recognise(token)
        if self.audience not in claims.audience:
            raise self._refused("wrong audience")
        return claims

    def told(self, request: Request, refusal: Refusal) -> Refusal:
        """A refusal with its challenge in the caller's own scheme, and the address of what we say of ourselves."""
        said = refusal.headers.get("www-authenticate")
        if said is not None and _METADATA not in said:
            scheme, _, rest = said.partition(" ")
            if scheme == "Bearer" and request.headers.get("authorization", "")[:5].lower() == "dpop ":
                scheme, rest = "DPoP", f"{rest}, {_ALGS}"
            refusal.headers["www-authenticate"] = f"{scheme} {rest}, {self._described}"
        return refusal

    def _presented(self, request: Request) -> tuple[str, str]:
        """The scheme in small letters, and the token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        scheme, token = scheme.lower(), token.strip()
        if scheme in _SCHEMES and token:
            return scheme, token
        also = f', DPoP realm="espace", {_ALGS}' if self.desk else ""
        raise Refusal(
            "token_missing",
            "an access token is needed",
            status=401,
            headers={"www-authenticate": f'Bearer realm="espace", {self._described}{also}'},
        )

    async def _named(self, token: str) -> AccessClaims:
        said = await self._resolve(token) if self._resolve else None
        if said is None:
            raise self._refused("unknown")
        claims = access_claims(said)
        if claims.expires_at <= self._clock.now():
            raise self._refused("expired")
        if self.audience not in claims.audience:
            raise self._refused("wrong audience")
        return claims

    async def _proven(self, request: Request, scheme: str, token: str, bound: Mapping[str, Any]) -> None:
        """RFC 9449 §7.1, RFC 8705 §3: the key of each binding is in the caller's hands. Raises Refusal(401)."""
        wanted = {"jkt"} if scheme == "dpop" else {"x5t#S256"}
        if set(bound) != wanted:
            why = "the token is not bound to a DPoP key" if scheme == "dpop" else "the token needs a DPoP proof"
            raise self._refused(why, scheme="DPoP" if "jkt" in bound or scheme == "dpop" else "Bearer")
        if scheme == "dpop":
            await self._by_proof(request, token, str(bound["jkt"]))
            return
        certificate = mtls.presented(request)
        if certificate is None or certificate.thumbprint != bound["x5t#S256"]:
            raise self._refused("the token is bound to another certificate")

    async def _by_proof(self, request: Request, token: str, jkt: str) -> None:
        if self.desk is None:
            raise self._refused("no proofs are taken here", scheme="DPoP")
        try:
            proof = await self.desk.prove(request, self._clock.now(), access_token=token)
        except NeedsNonce as error:
            raise self._refused(str(error), scheme="DPoP", code="use_dpop_nonce") from error
        except BadProof as error:
            raise self._refused(str(error), scheme="DPoP", code="invalid_dpop_proof") from error
        if not same(proof.jkt, jkt):
            raise self._refused("the token is bound to another DPoP key", scheme="DPoP")

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

    @property
    def _described(self) -> str:
        return f'{_METADATA}="{metadata_address(self._issuer, self.audience)}"'

    def _refused(self, why: str, *, scheme: str = "Bearer", code: str = "invalid_token") -> Refusal:
        words = _WORDS[code]
        more = f", {_ALGS}" if scheme == "DPoP" else ""
        challenge = f'{scheme} realm="espace", error="{code}", error_description="{words}"{more}, {self._described}'
        return Refusal(code, words, status=401, detail=why, headers={"www-authenticate": challenge})


@lru_cache(maxsize=16)
def metadata_address(issuer: str, resource: str) -> str:
    """Where a resource of ours is described (RFC 9728 §3.1)."""
    return f"{issuer}/.well-known/oauth-protected-resource{urlsplit(resource).path.rstrip('/')}"


def is_name(token: str) -> bool:
    """A token that says nothing itself: what it stands for is kept with its digest."""
    return token.startswith("at_") and "." not in token


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
