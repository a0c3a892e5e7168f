"""Encrypted tokens (RFC 7516): content for one key, most often a signed token inside (RFC 7519 §11.2)."""

from collections.abc import Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from kit import jose
from kit.jose import BadToken, UnknownKey

ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
"""How the key of the content is sent; never RSA1_5, whose padding tells secrets."""
ENCODINGS = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
"""How the content is encrypted."""
USUAL = "A128CBC-HS256"
"""Where a client registered an algorithm and nothing more (OpenID Connect Registration §2)."""

LONGEST = 65_536
"""Characters that an encrypted token may have."""

_OPERATIONS = {"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}
_CURVES = ("P-256", "P-384", "P-521", "X25519")
_registry = jwe.JWERegistry(algorithms=[*ALGORITHMS, *ENCODINGS], strict_check_header=False)
_FOREIGN = ("zip", "crit", "jwk", "jku", "x5u")
"""Header parameters that make us inflate, fetch or trust; a token that has one is refused."""


def generate(algorithm: str, kid: str) -> Key:
    """A fresh private key that can be encrypted to with `algorithm`."""
    parameters: Any = {"kid": kid, "alg": algorithm, "use": "enc"}
    if algorithm == "RSA-OAEP-256":
        return RSAKey.generate_key(3072, parameters)
    if algorithm in ALGORITHMS:
        return ECKey.generate_key("P-256", parameters)
    raise ValueError(f"no key can be made for {algorithm}")


def fits(key: Key, algorithm: str) -> bool:
    """True when what is encrypted to this key may be so with `algorithm`."""
    named, does = key.get("alg"), key.get("key_ops")
    if algorithm not in ALGORITHMS or (named is not None and named != algorithm):
        return False
    if does is not None and not _OPERATIONS & set(does):
        return False
    if algorithm == "RSA-OAEP-256":
        return isinstance(key, RSAKey)
    return isinstance(key, ECKey | OKPKey) and key.curve_name in _CURVES


def encrypt(
    content: bytes, key: Key, *, algorithm: str, encoding: str = USUAL, cty: str | None = "JWT", typ: str | None = None
) -> str:
    """A compact JWE of `content` for the holder of `key`. Raises ValueError when the key is not one for `algorithm`.

    `cty` is "JWT" for a signed token (RFC 7519 §5.2), None for mere claims.
    """
    if not fits(key, algorithm) or encoding not in ENCODINGS:
        raise ValueError(f"cannot encrypt with {algorithm} and {encoding} to this key")
    said = {"alg": algorithm, "enc": encoding, "kid": key.kid, "cty": cty, "typ": typ}
    header = {name: value for name, value in said.items() if value is not None}
    try:
        return jwe.encrypt_compact(header, content, key, registry=_registry)
    except JoseError as error:
        raise ValueError("cannot encrypt to this key") from error


def decrypt(
    token: str,
    keys: Sequence[Key],
    *,
    algorithms: Sequence[str] = ALGORITHMS,
    encodings: Sequence[str] = ENCODINGS,
) -> bytes:
    """The content of a token encrypted to one of `keys`. Raises BadToken, or UnknownKey.

    Whatever went wrong inside, the words are the same: a difference would tell secrets (RFC 7516 §11.5).
    """
    if len(token) > LONGEST or token.count(".") != 4:
        raise BadToken("not a compact JWE")
    segments = token.split(".")
    header = jose.read_header(segments[0])
    for segment in segments[1:]:
        jose.unsegment(segment)
    if header.get("alg") not in algorithms or header.get("enc") not in encodings:
        raise BadToken("algorithm not accepted")
    for name in _FOREIGN:
        if name in header:
            raise BadToken(f"header not accepted: {name}")
    kid = header.get("kid")
    fitting = [key for key in keys if (kid is None or key.kid == kid) and _same_kind(key, header)]
    if not fitting:
        raise UnknownKey("no key with that kid")
    for key in fitting:
        try:
            content = jwe.decrypt_compact(token, key, registry=_registry).plaintext
        except (JoseError, ValueError, TypeError, KeyError, AssertionError, AttributeError):
            continue
        if content is not None:
            return content
    raise BadToken("cannot be decrypted")


def open_compact(token: str, keys: Sequence[Key]) -> str:
    """The signed token inside an encrypted one. Raises BadToken, or UnknownKey."""
    try:
        return decrypt(token, keys).decode("ascii")
    except UnicodeDecodeError as error:
        raise BadToken("no token inside") from error


def _same_kind(key: Key, header: Any) -> bool:
    """ECDH-ES with or without a wrapped key are for one key: who encrypts chooses."""
    if header["alg"] == "RSA-OAEP-256":
        return isinstance(key, RSAKey)
    epk = header.get("epk")
    if not isinstance(epk, dict) or not isinstance(key, ECKey | OKPKey):
        return False
    return epk.get("kty") == key.key_type and epk.get("crv") == key.curve_name
