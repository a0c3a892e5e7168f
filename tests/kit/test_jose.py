"""What we sign, others verify; what a token says of itself decides nothing."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt

from kit import jose

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLAIMS = {"iss": "http://localhost:8000", "sub": "é", "exp": 1772442300, "aud": ["a", "b"]}
SECRET = b"s" * 32
KEYS = {algorithm: jose.generate(algorithm, "k1") for algorithm in jose.ALGORITHMS}


def forged(header: dict[str, Any], claims: dict[str, Any] = CLAIMS, key: Any = None, algorithm: str = "ES256") -> str:
    """A token with whatever header, signed for real when there is a key."""
    said = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    ending = jose.signature(said.encode(), key, algorithm) if key else b""
    return f"{said}.{_b64(ending)}"


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def read(token: str, *keys: Any, **how: Any) -> dict[str, Any]:
    return jose.verify_signature(token, keys, **{"algorithms": jose.ALGORITHMS, "typ": None, **how})


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "PS256", "RS256", "EdDSA"])
def test_a_signed_token_is_read_by_another_library_call(algorithm: str) -> None:
    key = KEYS[algorithm]
    token = jose.sign(CLAIMS, key, algorithm=algorithm, typ="at+jwt")
    if algorithm != "EdDSA":  # joserfc warns of the name, which is older than Ed25519
        read_by_other = jwt.decode(token, key, algorithms=[algorithm])
        assert read_by_other.claims == CLAIMS
        assert read_by_other.header == {"alg": algorithm, "typ": "at+jwt", "kid": "k1"}
    assert jose.verify(
        token, [key], algorithms=(algorithm,), typ=("at+jwt",), issuer=CLAIMS["iss"], audience="b", now=NOW
    ) == CLAIMS  # fmt: skip


def test_eddsa_is_read_under_its_newer_name() -> None:
    key = jwk.OKPKey.generate_key("Ed25519", {"kid": "k1", "alg": "Ed25519"})
    token = jwt.encode({"alg": "Ed25519", "kid": "k1"}, CLAIMS, key, algorithms=["Ed25519"])
    assert read(token, jose.import_key(key.as_dict(private=False)), algorithms=("EdDSA",)) == CLAIMS
    with pytest.raises(jose.BadToken, match="algorithm"):
        read(token, key, algorithms=("ES256",))


def test_two_keys_of_one_name_make_two_signatures() -> None:
    one, other = jose.generate("ES256", "k1"), jose.generate("ES256", "k1")
    token = jose.sign(CLAIMS, one, algorithm="ES256", typ="JWT")
    with pytest.raises(jose.BadToken, match="signature"):
        jose.verify_signature(token, [other], algorithms=("ES256",), typ=("JWT",))
    assert read(token, other, one) == CLAIMS


@pytest.mark.parametrize("algorithm", ["ES384", "RS256", "HS256", "none"])
def test_a_key_does_not_sign_with_an_algorithm_that_is_not_its_own(algorithm: str) -> None:
    with pytest.raises(ValueError):
        jose.sign(CLAIMS, jose.generate("ES256", "k1"), algorithm=algorithm, typ="JWT")
    with pytest.raises(ValueError):
        jose.sign(CLAIMS, jwk.OctKey.import_key(SECRET), algorithm=algorithm, typ="JWT")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS256", "RS1", "ES256K", None, 7, ["ES256"]])
def test_an_algorithm_that_nobody_named_is_refused(name: object) -> None:
    for token in (forged({"alg": name}), forged({"alg": name}, key=KEYS["ES256"])):
        with pytest.raises(jose.BadToken, match="algorithm"):
            read(token, KEYS["ES256"])
        with pytest.raises(jose.BadToken, match="algorithm"):
            read(token, KEYS["ES256"], algorithms=(*jose.ALGORITHMS, "none", "HS256", "ES256K"))


def test_a_public_key_is_no_secret() -> None:
    said = forged({"alg": "HS256", "kid": "k1"}).rpartition(".")[0]
    for known in (KEYS["RS256"].as_pem(private=False), json.dumps(KEYS["RS256"].as_dict(private=False)).encode()):
        ending = _b64(hmac.new(known, said.encode(), hashlib.sha256).digest())
        with pytest.raises(jose.BadToken, match="algorithm"):
            read(f"{said}.{ending}", KEYS["RS256"])


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "crit", "b64"])
def test_a_header_that_brings_its_own_key_is_refused_however_well_it_is_signed(name: str) -> None:
    key = KEYS["ES256"]
    values = {
        "jwk": key.as_dict(private=False),
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/cert",
        "crit": ["exp"],
        "b64": False,
    }
    with pytest.raises(jose.BadToken, match="header not accepted"):
        read(forged({"alg": "ES256", "kid": "k1", name: values[name]}, key=key), key)


def test_a_header_may_say_where_the_keys_are_when_they_are_there() -> None:
    token = forged({"alg": "ES256", "kid": "k1", "jku": "https://app.example/keys"}, key=KEYS["ES256"])
    assert read(token, KEYS["ES256"], jku="https://app.example/keys") == CLAIMS
    with pytest.raises(jose.BadToken):
        read(token, KEYS["ES256"], jku="https://app.example/others")


def test_an_unknown_key_is_told_apart_from_a_wrong_signature() -> None:
    token = jose.sign(CLAIMS, jose.generate("ES256", "k2"), algorithm="ES256", typ="JWT")
    with pytest.raises(jose.UnknownKey):
        read(token, KEYS["ES256"])


def test_the_type_is_compared_as_media_types_are() -> None:
    token = jose.sign(CLAIMS, KEYS["ES256"], algorithm="ES256", typ="application/AT+jwt")
    assert read(token, KEYS["ES256"], typ=("at+jwt",)) == CLAIMS
    with pytest.raises(jose.BadToken, match="typ"):
        read(token, KEYS["ES256"], typ=("jwt",))


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA"])
def test_a_signature_has_one_spelling(algorithm: str) -> None:
    token = jose.sign(CLAIMS, KEYS[algorithm], algorithm=algorithm, typ="JWT")
    said, _, ending = token.rpartition(".")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    next_letter = letters[(letters.index(ending[-1]) + 1) % 64]  # the same bytes: only unused bits differ
    for other in (token[:-1], token + "A", token + "=", token + "!", token + "\n", " " + token, f"{said}..{ending}",
                  f"{said}.{ending[:-1]}{next_letter}", f"{said}.", said, f"{said}.{ending}.{ending}"):  # fmt: skip
        with pytest.raises(jose.BadToken):
            read(other, KEYS[algorithm])


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_\-]{0,60}(\.[A-Za-z0-9_\-]{0,60}){0,4}", fullmatch=True))
def test_whatever_is_no_token_is_refused_in_one_way(text: str) -> None:
    for reading in (jose.peek, jose.header_of, lambda one: read(one, KEYS["ES256"])):
        try:
            reading(text)
        except jose.BadToken:
            continue


@pytest.mark.parametrize("payload", [b"[]", b"7", b'"x"', b"{", b"\xff", b"[" * 5_000, b'{"a":' * 3_000])
def test_a_payload_that_is_no_claims_is_refused(payload: bytes) -> None:
    header = _b64(json.dumps({"alg": "ES256"}).encode())
    said = f"{header}.{_b64(payload)}"
    token = f"{said}.{_b64(jose.signature(said.encode(), KEYS['ES256'], 'ES256'))}"
    with pytest.raises(jose.BadToken):
        read(token, KEYS["ES256"])


def test_a_shared_secret_verifies_what_it_signed_and_nothing_else() -> None:
    said = forged({"alg": "HS256"}).rpartition(".")[0]
    token = f"{said}.{_b64(hmac.new(SECRET, said.encode(), hashlib.sha256).digest())}"
    assert jose.verify_shared(token, SECRET) == CLAIMS
    with pytest.raises(jose.BadToken, match="signature"):
        jose.verify_shared(token, b"t" * 32)
    with pytest.raises(jose.BadToken, match="short"):
        jose.verify_shared(token, b"")
    with pytest.raises(jose.BadToken, match="algorithm"):
        jose.verify_shared(jose.sign(CLAIMS, KEYS["ES256"], algorithm="ES256", typ="JWT"), SECRET)
    with pytest.raises(jose.BadToken, match="algorithm"):
        jose.verify_shared(forged({"alg": "none"}), SECRET)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "A" * 20, "e": "AQAB"},
        {"kty": "RSA", "n": "A" * 4_000, "e": "AQAB"},
        {"kty": "RSA", "n": KEYS["RS256"].as_dict(private=False)["n"], "e": "_" * 300},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-999"},
        {"kty": "EC", "x": 7},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "PQ"},
        {},
        [],
        "key",
        None,
    ],
)
def test_a_key_that_cannot_be_used_is_left_out(jwk: Any) -> None:
    good = KEYS["ES256"].as_dict(private=False)
    assert [key.kid for key in jose.import_keys({"keys": [jwk, good]})] == ["k1"]
    assert jose.import_keys({"keys": [good | {"use": "enc"}]}) == []


def test_a_signer_elsewhere_signs_as_a_key_does() -> None:
    class Elsewhere:
        kid = "k1"

        def sign(self, message: bytes, algorithm: str) -> bytes:
            return jose.signature(message, KEYS["ES256"], algorithm)

    assert read(jose.sign(CLAIMS, Elsewhere(), algorithm="ES256", typ="JWT"), KEYS["ES256"]) == CLAIMS


def test_a_key_of_another_curve_verifies_nothing() -> None:
    token = jose.sign(CLAIMS, KEYS["ES256"], algorithm="ES256", typ="JWT")
    for other in (KEYS["ES384"], jwk.ECKey.generate_key("secp256k1", {"kid": "k1"}), jwk.OKPKey.generate_key("Ed448")):
        with pytest.raises(jose.UnknownKey):
            read(token, other)
