"""Encrypted tokens (RFC 7516)."""

from joserfc import jwe
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
"""How the key of the content is sent; never RSA1_5, whose padding tells secrets."""
ENCODINGS = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
"""How the content is encrypted."""
_registry = jwe.JWERegistry(algorithms=[*ALGORITHMS, *ENCODINGS])


def fits(key: Key, algorithm: str) -> bool:
    """True when what is encrypted to this key may be so with `algorithm`."""
    named = key.get("alg")
    if algorithm not in ALGORITHMS or (named is not None and named != algorithm):
        return False
    if algorithm == "RSA-OAEP-256":
        return isinstance(key, RSAKey)
    return isinstance(key, ECKey) or (isinstance(key, OKPKey) and key.curve_name == "X25519")


def encrypt(content: bytes, key: Key, *, algorithm: str, encoding: str, cty: str | None) -> str:
    """A compact JWE that only the holder of `key` can read; `cty` is "JWT" when what is inside is signed."""
    header = {
        "alg": algorithm,
        "enc": encoding,
        **({"kid": key.kid} if key.kid else {}),
        **({"cty": cty} if cty else {}),
    }
    return jwe.encrypt_compact(header, content, key, registry=_registry)
