"""What is encrypted to us is read by us alone, and what is encrypted by us by its recipient alone."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as other
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from kit import jose, jwe

KEYS = {algorithm: jwe.generate(algorithm, "e1") for algorithm in ("RSA-OAEP-256", "ECDH-ES")}
PAIRS = [(algorithm, encoding) for algorithm in jwe.ALGORITHMS for encoding in jwe.ENCODINGS]


def key_for(algorithm: str) -> Any:
    return KEYS["RSA-OAEP-256" if algorithm.startswith("RSA") else "ECDH-ES"]


def public(key: Any, **changes: Any) -> Any:
    """What the other side has of a key: an `alg` binds it, so it is left out unless told."""
    said = {name: value for name, value in key.as_dict(private=False).items() if name != "alg"} | changes
    return jose.import_key(said, "enc")


@pytest.mark.parametrize(("algorithm", "encoding"), PAIRS)
def test_what_is_encrypted_is_read_by_the_key_s_holder(algorithm: str, encoding: str) -> None:
    key = key_for(algorithm)
    token = jwe.encrypt(b"content", public(key), algorithm=algorithm, encoding=encoding)
    assert jose.read_header(token.partition(".")[0]).items() >= {
        "alg": algorithm, "enc": encoding, "kid": "e1", "cty": "JWT",
    }.items()  # fmt: skip
    assert jwe.decrypt(token, [key]) == b"content"
    assert other.decrypt_compact(token, key, algorithms=[algorithm, encoding]).plaintext == b"content"
    with pytest.raises(jose.UnknownKey):
        jwe.decrypt(token, [])
    stranger = jwe.generate("RSA-OAEP-256" if algorithm.startswith("RSA") else "ECDH-ES", "e1")
    with pytest.raises(jose.BadToken, match="cannot be decrypted"):
        jwe.decrypt(token, [stranger])


def test_an_x25519_key_can_be_encrypted_to() -> None:
    key = OKPKey.generate_key("X25519", {"kid": "x1", "use": "enc"})
    assert jwe.decrypt(jwe.encrypt(b"content", key, algorithm="ECDH-ES"), [key]) == b"content"
    assert not jwe.fits(OKPKey.generate_key("Ed25519"), "ECDH-ES")
    assert not jwe.fits(ECKey.generate_key("secp256k1"), "ECDH-ES")


def test_a_signed_token_travels_inside() -> None:
    signer, reader = jose.generate("ES256", "k1"), KEYS["ECDH-ES"]
    token = jose.sign({"sub": "é"}, signer, algorithm="ES256", typ="JWT")
    sealed = jwe.encrypt(token.encode(), public(reader), algorithm="ECDH-ES", encoding="A256GCM")
    inside = jwe.open_compact(sealed, [reader])
    assert jose.verify_signature(inside, [signer], algorithms=("ES256",), typ=("jwt",)) == {"sub": "é"}
    with pytest.raises(jose.BadToken, match="no token"):
        jwe.open_compact(jwe.encrypt("é".encode(), public(reader), algorithm="ECDH-ES"), [reader])


@pytest.mark.parametrize(
    "algorithm", ["RSA1_5", "RSA-OAEP", "dir", "A128KW", "PBES2-HS256+A128KW", "ECDH-ES+A192KW", ""]
)
def test_other_ways_of_sending_a_key_are_refused(algorithm: str) -> None:
    with pytest.raises(ValueError):
        jwe.encrypt(b"content", KEYS["RSA-OAEP-256"], algorithm=algorithm)
    if algorithm in {"RSA-OAEP", "RSA1_5"}:
        key = RSAKey.import_key(public(KEYS["RSA-OAEP-256"]).public_key)
        with pytest.warns(match="deprecated") if algorithm == "RSA1_5" else _nothing():
            token = other.encrypt_compact(
                {"alg": algorithm, "enc": "A128GCM"}, b"x", key, algorithms=[algorithm, "A128GCM"]
            )
    elif algorithm in {"dir", "A128KW"}:
        key = OctKey.generate_key(128)
        token = other.encrypt_compact(
            {"alg": algorithm, "enc": "A128GCM"}, b"x", key, algorithms=[algorithm, "A128GCM"]
        )
    else:
        token = f"{_header(alg=algorithm, enc='A128GCM')}.AAAA.AAAA.AAAA.AAAA"
    with pytest.raises(jose.BadToken, match="algorithm"):
        jwe.decrypt(token, list(KEYS.values()))


@pytest.mark.parametrize("encoding", ["A192GCM", "A192CBC-HS384", "none", "A128CBC", ""])
def test_other_ways_of_encrypting_the_content_are_refused(encoding: str) -> None:
    with pytest.raises(ValueError):
        jwe.encrypt(b"content", KEYS["ECDH-ES"], algorithm="ECDH-ES", encoding=encoding)
    with pytest.raises(jose.BadToken, match="algorithm"):
        jwe.decrypt(f"{_header(alg='ECDH-ES', enc=encoding)}..AAAA.AAAA.AAAA", list(KEYS.values()))


def test_a_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(b"\0" * 5_000_000)
    assert len(bomb) < 6_000
    token = other.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"},
        b"\0" * 100_000,
        public(KEYS["ECDH-ES"]),
        algorithms=["ECDH-ES", "A128GCM", "DEF"],
    )
    with pytest.raises(jose.BadToken, match="zip"):
        jwe.decrypt(token, [KEYS["ECDH-ES"]])


@pytest.mark.parametrize("name", ["crit", "jwk", "jku", "x5u"])
def test_a_header_that_brings_its_own_key_or_demands_is_refused(name: str) -> None:
    token = jwe.encrypt(b"content", public(KEYS["ECDH-ES"]), algorithm="ECDH-ES")
    header = dict(jose.read_header(token.partition(".")[0])) | {
        name: ["exp"] if name == "crit" else "https://evil.example"
    }
    with pytest.raises(jose.BadToken, match="header not accepted"):
        jwe.decrypt(f"{_header(**header)}.{token.partition('.')[2]}", [KEYS["ECDH-ES"]])


@pytest.mark.parametrize(("algorithm", "encoding"), PAIRS)
def test_a_changed_token_is_refused_in_the_same_words_wherever_it_was_changed(algorithm: str, encoding: str) -> None:
    key = key_for(algorithm)
    segments = jwe.encrypt(b"content" * 9, public(key), algorithm=algorithm, encoding=encoding).split(".")
    for place in range(1, 5):
        changed = list(segments)
        changed[place] = ("B" if not changed[place] or changed[place][0] != "B" else "C") + changed[place][1:]
        if not segments[place]:  # direct agreement sends no key
            changed[place] = "AAAA"
        with pytest.raises(jose.BadToken) as caught:
            jwe.decrypt(".".join(changed), [key])
        assert str(caught.value) == "cannot be decrypted"


def test_a_short_tag_is_refused() -> None:
    for encoding in jwe.ENCODINGS:
        token = jwe.encrypt(b"content", public(KEYS["ECDH-ES"]), algorithm="ECDH-ES", encoding=encoding)
        with pytest.raises(jose.BadToken):
            jwe.decrypt(token[: token.rindex(".") + 9], [KEYS["ECDH-ES"]])


@pytest.mark.parametrize(
    "epk",
    [
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},  # not on the curve
        {"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA"},
        {"kty": "RSA", "n": "AAAA", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256"},
        "key",
        None,
    ],
)
def test_a_strange_ephemeral_key_is_refused(epk: Any) -> None:
    token = jwe.encrypt(b"content", public(KEYS["ECDH-ES"]), algorithm="ECDH-ES")
    header = dict(jose.read_header(token.partition(".")[0])) | {"epk": epk}
    with pytest.raises(jose.BadToken):
        jwe.decrypt(f"{_header(**header)}.{token.partition('.')[2]}", [KEYS["ECDH-ES"]])


def test_a_key_bound_to_one_way_takes_no_other() -> None:
    bound = public(KEYS["ECDH-ES"], alg="ECDH-ES+A128KW")
    assert jwe.fits(bound, "ECDH-ES+A128KW")
    assert not jwe.fits(bound, "ECDH-ES")
    assert not jwe.fits(bound, "RSA-OAEP-256")
    with pytest.raises(ValueError):
        jwe.encrypt(b"content", bound, algorithm="ECDH-ES")
    with pytest.raises(ValueError):
        jwe.encrypt(b"content", ECKey.generate_key("P-256", {"use": "sig"}), algorithm="ECDH-ES")


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_\-]{0,40}(\.[A-Za-z0-9_\-]{0,40}){3,5}", fullmatch=True))
def test_whatever_is_no_token_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(jose.BadToken):
        jwe.decrypt(text, list(KEYS.values()))


def test_a_token_too_long_is_not_looked_at() -> None:
    token = jwe.encrypt(b"x" * 60_000, public(KEYS["ECDH-ES"]), algorithm="ECDH-ES")
    with pytest.raises(jose.BadToken, match="not a compact"):
        jwe.decrypt(token, [KEYS["ECDH-ES"]])


def _header(**said: Any) -> str:
    return jose._segment(json.dumps(said).encode()).decode()


class _nothing:  # noqa: N801
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
