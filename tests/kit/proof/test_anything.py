"""Whatever a caller sends, a proof, a certificate or a name is read or refused: nothing else happens."""

import base64
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some
from starlette.requests import Request

from kit.proof import dpop, mtls, names
from kit.proof.dpop import BadProof
from kit.proof.mtls import Said
from tests.kit.proof.signer import Signer
from tests.kit.proof.test_dpop import HERE, NOW

SIGNER = Signer()
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = some.dictionaries(
    some.sampled_from(["typ", "alg", "jwk", "crit", "kid", "jti", "iat", "htm", "htu", "ath", "nonce", "exp", "nbf"]),
    VALUES,
)


def refused(text: str) -> None:
    try:
        dpop.verify([text], method="POST", addresses=(HERE,), now=NOW)
    except BadProof:
        return
    raise AssertionError(text)


@given(some.text(max_size=200) | some.binary(max_size=100).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_text_is_no_proof(text: str) -> None:
    refused(text)


@settings(max_examples=60)
@given(header=OBJECTS, claims=OBJECTS)
def test_a_signed_proof_with_anything_in_it_is_refused_or_whole(header: dict[str, Any], claims: dict[str, Any]) -> None:
    """Each member is changed in turn on an otherwise good proof."""
    good = {"typ": "dpop+jwt", "alg": "ES256", "jwk": SIGNER.jwk}
    said = {"jti": "a jti long enough", "iat": NOW.timestamp(), "htm": "POST", "htu": HERE}
    text = SIGNER.signed(good | header, said | claims)
    try:
        dpop.verify([text], method="POST", addresses=(HERE,), now=NOW)
    except BadProof:
        return
    assert not header.keys() & {"crit"}
    assert not any(claims.get(name, said[name]) != said[name] for name in ("htm",))


@given(some.dictionaries(some.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k"]), VALUES))
def test_a_key_of_anything_is_refused(jwk: dict[str, Any]) -> None:
    refused(SIGNER.signed({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, {}))


@given(some.text(max_size=300))
def test_text_is_no_certificate(text: str) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], mtls.SCOPE: Said(text, True)}
    assert mtls.presented(Request(scope)) is None


@given(some.binary(max_size=300))
def test_bytes_are_no_certificate(raw: bytes) -> None:
    text = f":{base64.b64encode(raw).decode()}:"
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], mtls.SCOPE: Said(text, True)}
    assert mtls.presented(Request(scope)) is None


@given(some.text(max_size=100) | some.text(alphabet="CN=O,+\\ #\"é'<>;1.2ab", max_size=60))
def test_a_name_is_read_or_not(text: str) -> None:
    found = names.parse(text)
    assert found is None or names.same_name(found, text)


@given(some.text(max_size=100))
def test_an_address_is_normal_or_nothing(text: str) -> None:
    once = dpop.normal(text)
    assert dpop.normal(once) == once


def test_claims_nested_without_end_are_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    head = base64.urlsafe_b64encode(json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": SIGNER.jwk}).encode())
    refused(f"{head.decode().rstrip('=')}.{deep}.AAAA")
    refused(f"{deep}.{deep}.AAAA")
