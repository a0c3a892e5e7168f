"""Signed tokens (RFC 7515, RFC 7519), with every choice named at the call.

Nothing that a token's own header brings is trusted: no key, no address of one, no algorithm but those named.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

ALGORITHMS = ("ES256", "ES384", "PS256", "RS256", "EdDSA")
"""What we sign and verify with. "Ed25519" (RFC 9864) is read as "EdDSA", whose only curve here it is."""

_HOW = {name: jws.JWSRegistry.algorithms[name] for name in ALGORITHMS}
_KINDS = {"ES256": "EC", "ES384": "EC", "PS256": "RSA", "RS256": "RSA", "EdDSA": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "EdDSA": "Ed25519"}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")
_FOREIGN = ("jwk", "x5u", "crit", "b64")
"""Header parameters that bring a key, or ask for what we do not do: a token that has one is refused, not half read."""

LONGEST = 16_384
"""Characters that a token may have; a longer one is not looked at."""

_LONGEST_HEADER = 4_096
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


class Signer(Protocol):
    """A private key that signs where it is, and never leaves: in a device, behind another's door."""

    kid: str | None

    def sign(self, message: bytes, algorithm: str) -> bytes:
        """The signature as a JWS has it (RFC 7518 §3)."""
        ...


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


def sign(claims: Mapping[str, Any], key: Key | Signer, *, algorithm: str, typ: str) -> str:
    """A compact JWS of `claims` with `typ` and the key's `kid` in its header."""
    said = _header(algorithm, typ, key.kid) + _segment(_encode(claims))
    return (said + b"." + _segment(signature(said, key, algorithm))).decode()


def signature(message: bytes, key: Key | Signer, algorithm: str) -> bytes:
    """What a JWS ends with. Raises ValueError when the key is not one for the algorithm."""
    if isinstance(key, ECKey | RSAKey | OKPKey | OctKey):
        if not fits(key, algorithm):
            raise ValueError(f"this key does not sign with {algorithm}")
        return _HOW[algorithm].sign(message, key)
    return key.sign(message, algorithm)


@lru_cache(maxsize=256)
def _header(algorithm: str, typ: str, kid: str | None) -> bytes:
    """The protected header as it is signed, with its dot: the same for every token of a key."""
    return _segment(_encode({"alg": algorithm, "typ": typ, "kid": kid})) + b"."


def _segment(value: bytes) -> bytes:
    """RFC 7515 §2: base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def unsegment(value: str) -> bytes:
    """The bytes that a segment stands for: each has one spelling and no other. Raises BadToken."""
    if not _SEGMENT.fullmatch(value):
        raise BadToken("not base64url")
    try:
        found = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadToken("not base64url") from error
    if len(value) % 4 and _segment(found).decode() != value:
        raise BadToken("not base64url as it is written")
    return found


class _Parts(NamedTuple):
    """A compact JWS, taken apart and nothing more."""

    header: Mapping[str, Any]
    payload: str
    signed: bytes
    signature: str


def _apart(token: str) -> _Parts:
    """Raises BadToken."""
    if len(token) > LONGEST:
        raise BadToken("token too long")
    segments = token.split(".")
    if len(segments) != 3 or not token.isascii():
        raise BadToken("not a compact JWS")
    header, payload, ending = segments
    return _Parts(read_header(header), payload, f"{header}.{payload}".encode(), ending)


@lru_cache(maxsize=512)
def read_header(segment: str) -> Mapping[str, Any]:
    """A protected header, unverified; not to be changed. Raises BadToken."""
    if len(segment) > _LONGEST_HEADER:
        raise BadToken("header too long")
    try:
        return _decode(unsegment(segment))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadToken("not a JOSE header") from error


def header_of(token: str) -> dict[str, Any]:
    """The protected header, unverified: only good for choosing a key. Raises BadToken."""
    return dict(_apart(token).header)


def peek(token: str) -> dict[str, Any]:
    """The claims, unverified: only good for choosing whose keys to verify them with. Raises BadToken."""
    return _claims(_apart(token).payload)


def _claims(payload: str) -> dict[str, Any]:
    try:
        return _decode(unsegment(payload))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise BadToken("not claims") from error


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
    token: str, keys: Sequence[Key], *, algorithms: Iterable[str], typ: Sequence[str] | None, jku: str = ""
) -> dict[str, Any]:
    """The claims of a token signed by one of `keys`, whatever they say. Raises BadToken, or UnknownKey.

    A header that says where its keys are must say `jku`, where they are indeed (SMART App Launch 2.2): none is read.
    """
    parts = _apart(token)
    algorithm = _algorithm(parts.header, typ, jku)
    if algorithm not in set(algorithms) or algorithm not in _HOW:
        raise BadToken("algorithm not accepted")
    kid = parts.header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise BadToken("kid is not a string")
    fitting = [key for key in keys if (kid is None or key.kid in {kid, None}) and fits(key, algorithm)]
    if not fitting:
        raise UnknownKey("no key with that kid")
    ending = unsegment(parts.signature)
    if not any(_verified(parts.signed, ending, key, algorithm) for key in fitting):
        raise BadToken("signature not valid")
    return _claims(parts.payload)


def verify_shared(token: str, secret: bytes, *, typ: Sequence[str] | None = None) -> dict[str, Any]:
    """The claims of a token signed with a secret that both sides know (HS256), whatever they say. Raises BadToken.

    Apart from `verify_signature`, so that no public key can ever be taken for a secret.
    """
    parts = _apart(token)
    if _algorithm(parts.header, typ, "") != "HS256":
        raise BadToken("algorithm not accepted")
    if len(secret) < 32:
        raise BadToken("the secret is too short (RFC 7518 §3.2)")
    if not hmac.compare_digest(hmac.digest(secret, parts.signed, "sha256"), unsegment(parts.signature)):
        raise BadToken("signature not valid")
    return _claims(parts.payload)


def _algorithm(header: Mapping[str, Any], typ: Sequence[str] | None, jku: str) -> str:
    """What the token says that it is signed with, the rest of its header being acceptable. Raises BadToken."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise BadToken("algorithm not accepted")
    for name in _FOREIGN:
        if name in header:
            raise BadToken(f"header not accepted: {name}")
    if "jku" in header and (not jku or header["jku"] != jku):
        raise BadToken("header not accepted: jku")
    if typ is not None:
        said = str(header.get("typ", "")).lower().removeprefix("application/")
        if said not in {t.lower() for t in typ}:
            raise BadToken("wrong typ")
    return "EdDSA" if algorithm == "Ed25519" else algorithm


def _verified(signed: bytes, ending: bytes, key: Key, algorithm: str) -> bool:
    try:
        return _HOW[algorithm].verify(signed, ending, key)
    except (JoseError, ValueError, TypeError):  # a key not meant for it, a point on no curve
        return False


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


def fits(key: Key, algorithm: str) -> bool:
    """True when the key is of the kind and the curve of that algorithm, and for no other."""
    named = key.get("alg")
    if named == "Ed25519":
        named = "EdDSA"
    if key.key_type != _KINDS.get(algorithm) or (named is not None and named != algorithm):
        return False
    curve = _CURVES.get(algorithm)
    return curve is None or (isinstance(key, ECKey | OKPKey) and key.curve_name == curve)
