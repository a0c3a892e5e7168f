"""Signed tokens (RFC 7515, RFC 7519), with every choice named at the call."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

ALGORITHMS = ("ES256", "ES384", "PS256", "RS256", "EdDSA")
_registry = jws.JWSRegistry(algorithms=list(ALGORITHMS))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

LONGEST = 16_384
"""Characters that a token may have; a longer one is not looked at."""

_LONGEST_MODULUS = 1_366
"""Characters: 8,192 bits."""
_LONGEST_EXPONENT = 6
"""Characters: 32 bits."""

SKEW = 60
"""Seconds that two honest clocks may differ by."""


class BadToken(Exception):
    """The token is not acceptable; the message says why, for the log."""


class UnknownKey(BadToken):
    """The token names a key we do not have: the caller may fetch the keys again, once."""


def generate(algorithm: str, kid: str) -> Key:
    """A fresh private key for `algorithm` (ES256, ES384, PS256, RS256 or EdDSA)."""
    parameters: Any = {"kid": kid, "alg": algorithm, "use": "sig"}
    if algorithm in {"ES256", "ES384"}:
        return ECKey.generate_key("P-256" if algorithm == "ES256" else "P-384", parameters)
    if algorithm in {"PS256", "RS256"}:
        return RSAKey.generate_key(3072, parameters)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)
    raise ValueError(f"no key can be made for {algorithm}")


def import_key(jwk: Mapping[str, Any], use: Literal["sig", "enc"] = "sig") -> Key:
    """Read one key (RFC 7517) for signatures or for encryption.

    Raises BadToken when it is not one that we accept: symmetric, meant for the other use, too weak, or so large that
    using it would be somebody's way to keep us busy.
    """
    kinds: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    kind = kinds.get(str(jwk.get("kty")))
    if kind is None:
        raise BadToken("unsupported key type")
    if len(str(jwk.get("n", ""))) > _LONGEST_MODULUS or len(str(jwk.get("e", ""))) > _LONGEST_EXPONENT:
        raise BadToken("key too large")
    try:
        key: Key = kind.import_key(dict(jwk))
        key.check_use(use)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadToken("unreadable key") from error
    if isinstance(key, RSAKey) and key.public_key.key_size < 2048:
        raise BadToken("key too short")
    return key


def import_keys(jwks: Mapping[str, Any], use: Literal["sig", "enc"] = "sig") -> list[Key]:
    """Read the keys of a set for one use, leaving out those that we cannot use (RFC 7517 §5)."""
    keys = []
    for jwk in jwks.get("keys", []):
        try:
            keys.append(import_key(jwk, use))
        except (BadToken, AttributeError):  # not even an object
            continue
    return keys


def sign(claims: Mapping[str, Any], key: Key, *, algorithm: str, typ: str) -> str:
    """A compact JWS of `claims` with `typ` and the key's `kid` in its header."""
    how = _registry.get_alg(algorithm)
    how.check_key(key)
    said = _header(algorithm, typ, key.kid) + _segment(_encode(claims))
    return (said + b"." + _segment(how.sign(said, key))).decode()


@lru_cache(maxsize=256)
def _header(algorithm: str, typ: str, kid: str | None) -> bytes:
    """The protected header as it is signed, with its dot: the same for every token of a key."""
    return _segment(_encode({"alg": algorithm, "typ": typ, "kid": kid})) + b"."


def _segment(value: bytes) -> bytes:
    """RFC 7515 §2: base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def header_of(token: str) -> dict[str, Any]:
    """The protected header, unverified: only good for choosing a key. Raises BadToken."""
    try:
        return dict(jws.extract_compact(token.encode()).protected)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise BadToken("not a compact JWS") from error


def peek(token: str) -> dict[str, Any]:
    """The claims, unverified: only good for choosing whose keys to verify them with. Raises BadToken."""
    if len(token) > LONGEST:
        raise BadToken("token too long")
    try:
        return _decode(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise BadToken("not a compact JWS of claims") from error


def verify(
    token: str,
    keys: Sequence[Key],
    *,
    algorithms: Iterable[str],
    typ: Sequence[str] | None,
    issuer: str | None,
    audience: str | Sequence[str] | None,
    now: datetime,
    skew: int = SKEW,
    required: Sequence[str] = ("exp",),
) -> dict[str, Any]:
    """The claims of a token signed by one of `keys`, for us, in time. Raises BadToken, or UnknownKey.

    `typ` is compared without case and without the "application/" prefix (RFC 7515 §4.1.9); None accepts any.
    """
    claims = verify_signature(token, keys, algorithms=algorithms, typ=typ)
    check_claims(claims, issuer=issuer, audience=audience, now=now, skew=skew, required=required)
    return claims


def verify_signature(
    token: str, keys: Sequence[Key], *, algorithms: Iterable[str], typ: Sequence[str] | None
) -> dict[str, Any]:
    """The claims of a token signed by one of `keys`, whatever they say. Raises BadToken, or UnknownKey."""
    accepted = set(algorithms)
    if len(token) > LONGEST:
        raise BadToken("token too long")
    header = header_of(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in accepted:
        raise BadToken("algorithm not accepted")
    if "crit" in header:
        raise BadToken("critical header not understood")
    if typ is not None:
        said = str(header.get("typ", "")).lower().removeprefix("application/")
        if said not in {t.lower() for t in typ}:
            raise BadToken("wrong typ")
    kid = header.get("kid")
    fitting = [key for key in keys if (kid is None or key.kid == kid) and _fits(key, algorithm)]
    if not fitting:
        raise UnknownKey("no key with that kid")
    claims: dict[str, Any] | None = None
    for key in fitting:
        try:
            found = jws.deserialize_compact(token, key, registry=_registry)
            claims = _decode(found.payload)
            break
        except (JoseError, ValueError, RecursionError, msgspec.MsgspecError):
            continue
    if claims is None:
        raise BadToken("signature not valid")
    return claims


def check_claims(
    claims: Mapping[str, Any],
    *,
    issuer: str | None,
    audience: str | Sequence[str] | None,
    now: datetime,
    skew: int = SKEW,
    required: Sequence[str] = ("exp",),
) -> None:
    """RFC 7519 §4.1: issuer, audience, expiry, not-before, issued-at. Raises BadToken."""
    at = now.timestamp()
    for name in required:
        if name not in claims:
            raise BadToken(f"{name} is missing")
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadToken(f"{name} is not a number")
    if "exp" in claims and claims["exp"] <= at:
        raise BadToken("expired")
    if claims.get("nbf", 0) > at + skew or claims.get("iat", 0) > at + skew:
        raise BadToken("not yet valid")
    if issuer is not None and claims.get("iss") != issuer:
        raise BadToken("wrong issuer")
    if audience is not None:
        wanted = {audience} if isinstance(audience, str) else set(audience)
        said = claims.get("aud")
        heard = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        if not any(isinstance(one, str) and one in wanted for one in heard):
            raise BadToken("wrong audience")


def thumbprint(key: Key) -> str:
    """RFC 7638: the SHA-256 thumbprint of the public key."""
    return str(key.thumbprint())


def public_set(keys: Iterable[Key]) -> dict[str, Any]:
    """The public halves as a JWK set."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def _fits(key: Key, algorithm: str) -> bool:
    kinds = {"ES256": "EC", "ES384": "EC", "PS256": "RSA", "RS256": "RSA", "EdDSA": "OKP"}
    named = key.get("alg")
    return key.key_type == kinds[algorithm] and (named is None or named == algorithm)
