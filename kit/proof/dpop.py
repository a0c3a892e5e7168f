"""Proofs of possession signed with a key of the caller's (RFC 9449): one for each request, each good once."""

import base64
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from kit import jose
from kit.secrets import digest, same

ALGORITHMS = ("ES256", "ES384", "PS256", "EdDSA")
"""What a proof may be signed with. All are asymmetric; RS256 is not among them (FAPI 2.0 §5.4)."""
PAST = timedelta(seconds=60)
"""How old a proof may be."""
FUTURE = timedelta(seconds=30)
"""How far ahead of ours its maker's clock may be."""
LONGEST = 8_192
"""Characters of a proof."""

_HOW = {name: jws.JWSRegistry.algorithms[name] for name in ALGORITHMS}
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS = {"http": 80, "https": 443}

Once = Callable[[str, datetime], Awaitable[bool]]
"""Remember a mark until then; False when it was seen before, in any process."""


class BadProof(Exception):
    """The proof is not acceptable; the message says why, for the caller and the log."""


class NeedsNonce(BadProof):
    """The proof holds no nonce of ours, or one that is too old (RFC 9449 §8)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A good proof. It is used once: remember `mark` until `until`."""

    jkt: str
    """RFC 7638 thumbprint of the key."""
    mark: str
    until: datetime
    nonce: str | None
    """The nonce of ours that it holds, if any."""


class Nonces:
    """Nonces that need no memory: a keyed digest of the present stretch of time, the one before being good too."""

    def __init__(self, key: bytes, stretch: timedelta = timedelta(minutes=2)) -> None:
        self._key = key
        self._stretch = stretch.total_seconds()

    def fresh(self, now: datetime) -> str:
        """The nonce to use from now on."""
        return self._of(int(now.timestamp() // self._stretch))

    def good(self, nonce: str, now: datetime) -> bool:
        """It is ours, and not older than two stretches."""
        at = int(now.timestamp() // self._stretch)
        return any(same(nonce, self._of(one)) for one in (at, at - 1))

    def _of(self, stretch: int) -> str:
        value = hmac.digest(self._key, b"dpop nonce %d" % stretch, "sha256")[:18]
        return base64.urlsafe_b64encode(value).decode()


def verify(
    proofs: Sequence[str],
    *,
    method: str,
    addresses: Sequence[str],
    now: datetime,
    access_token: str | None = None,
    algorithms: Sequence[str] = ALGORITHMS,
    nonces: Nonces | None = None,
    nonce_needed: bool = False,
    past: timedelta = PAST,
    future: timedelta = FUTURE,
) -> Proof:
    """RFC 9449 §4.3, but for the `jti`, which the caller remembers. Raises BadProof, or NeedsNonce.

    `proofs` are all the values of the DPoP header, `addresses` the ways in which this endpoint may be written;
    `access_token` is what came with the proof to a resource, None at the authorization server.
    """
    if len(proofs) != 1:
        raise BadProof("exactly one DPoP proof is needed")
    key, claims = _open(proofs[0].strip(), algorithms)
    jti, at = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 256:
        raise BadProof("jti is a string of 8 to 256 characters")
    if claims.get("htm") != method:
        raise BadProof("htm is not the method of this request")
    said = claims.get("htu")
    if not isinstance(said, str) or normal(said) not in {normal(one) for one in addresses}:
        raise BadProof("htu is not the address of this request")
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise BadProof("iat is a number of seconds")
    if not now.timestamp() - past.total_seconds() <= at <= now.timestamp() + future.total_seconds():
        raise BadProof("iat is too far from the present time")
    _within(claims, now, future)
    if access_token is not None and claims.get("ath") != digest(access_token):
        raise BadProof("ath is not the digest of the access token")
    nonce = claims.get("nonce")
    ours = isinstance(nonce, str) and nonces is not None and nonces.good(nonce, now)
    if nonce_needed and not ours:
        raise NeedsNonce("the proof needs a nonce of ours")
    until = now + past + future
    return Proof(key.jkt, digest(f"dpop\n{key.jkt}\n{jti}"), until, nonce if ours else None)


@lru_cache(maxsize=1024)
def normal(address: str) -> str:
    """An address without query nor fragment, written as RFC 3986 §6.2.2 and §6.2.3 say. Empty when it is not one."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    return f"{parts.scheme}://{host}{_ESCAPE.sub(_unescaped, parts.path) or '/'}"


@dataclass(frozen=True, slots=True)
class _Signer:
    key: Key
    algorithm: str
    jkt: str


def _open(proof: str, algorithms: Sequence[str]) -> tuple[_Signer, dict[str, Any]]:
    """The key that signed and what was signed. Raises BadProof."""
    parts = proof.split(".")
    if len(proof) > LONGEST or len(parts) != 3 or not all(_SEGMENT.fullmatch(part) for part in parts):
        raise BadProof("the proof is not a compact JWS")
    signer = _signer(parts[0])
    if signer.algorithm not in algorithms:
        raise BadProof("the algorithm of the proof is not accepted")
    said = f"{parts[0]}.{parts[1]}".encode()
    try:
        if not _HOW[signer.algorithm].verify(said, _bytes(parts[2]), signer.key):
            raise BadProof("the signature of the proof is not valid")
        return signer, _decode(_bytes(parts[1]))
    except (JoseError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadProof("the proof cannot be read") from error


@lru_cache(maxsize=1024)
def _signer(segment: str) -> _Signer:
    """The key that a proof's header holds: callers use one header again and again. Raises BadProof."""
    try:
        header = _decode(_bytes(segment))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadProof("the header of the proof cannot be read") from error
    if header.get("typ") != "dpop+jwt":
        raise BadProof("typ is not dpop+jwt")
    if "crit" in header or "b64" in header:
        raise BadProof("the header of the proof asks for what we do not know")
    algorithm, jwk = header.get("alg"), header.get("jwk")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise BadProof("the algorithm of the proof is not accepted")
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
        raise BadProof("jwk is a public key")
    try:
        key = jose.import_key({name: jwk[name] for name in _PUBLIC if name in jwk})
        _HOW[algorithm].check_key(key)
        return _Signer(key, algorithm, jose.thumbprint(key))
    except (jose.BadToken, JoseError, ValueError, TypeError) as error:
        raise BadProof("jwk is not a key of that algorithm") from error


def _within(claims: dict[str, Any], now: datetime, future: timedelta) -> None:
    """RFC 7519 §4.1.4 and §4.1.5, for who says so."""
    ends, begins = claims.get("exp"), claims.get("nbf")
    for value in (ends, begins):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadProof("exp and nbf are numbers of seconds")
    if (ends is not None and ends <= now.timestamp()) or (begins is not None and begins > (now + future).timestamp()):
        raise BadProof("the proof is not good at present")


def _bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _PLAIN else f"%{found[1].upper()}"
