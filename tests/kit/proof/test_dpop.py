"""Proofs of possession: what a good one is, and everything that it must not be (RFC 9449 §4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit import jose
from kit.proof import dpop
from kit.proof.dpop import BadProof, NeedsNonce, Nonces
from tests.kit.proof.signer import Signer, segment

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE = "https://provider.example.org/token"
TOKEN = "some.access.token"
SIGNER = Signer()


def verify(*proofs: str, method: str = "POST", **more: Any) -> dpop.Proof:
    return dpop.verify(proofs, method=method, addresses=(HERE,), now=NOW, **more)


def proof(**changes: Any) -> str:
    return SIGNER.proof("POST", HERE, NOW, **changes)


@pytest.mark.parametrize("algorithm", dpop.ALGORITHMS)
def test_a_good_proof_tells_the_thumbprint_of_its_key(algorithm: str) -> None:
    signer = Signer(algorithm)
    found = verify(signer.proof("POST", HERE, NOW))
    assert found.jkt == jose.thumbprint(signer.key) == signer.jkt
    assert found.until == NOW + dpop.PAST + dpop.FUTURE


def test_unknown_members_are_left_alone() -> None:
    verify(proof(header={"cty": "x", "kid": "k9", "invented": {"a": 1}}, invented=[1]))


@pytest.mark.parametrize(
    "address",
    [
        f"{HERE}?a=b#c",
        "HTTPS://Provider.Example.ORG/token",
        "https://provider.example.org:443/token",
        "https://provider.example.org/%74oken",
    ],
)
def test_addresses_are_compared_by_what_they_mean(address: str) -> None:
    verify(proof(htu=address))


@pytest.mark.parametrize(
    "address",
    [
        "https://provider.example.org/",
        "https://provider.example.org/token/",
        "https://provider.example.org/Token",
        "http://provider.example.org/token",
        "https://provider.example.org:444/token",
        "https://provider.example.org:x/token",
        "https://a@provider.example.org/token",
        "https://provider.example.org.evil.example/token",
        "https://provider.example.org/x/../token",
        "https://[provider/token",
        "/token",
        "",
        12,
        [HERE],
        None,
    ],
)
def test_another_address_is_refused(address: Any) -> None:
    with pytest.raises(BadProof, match="htu"):
        verify(proof(htu=address))


def test_nothing_that_cannot_be_read_is_an_address() -> None:
    with pytest.raises(BadProof, match="htu"):
        dpop.verify([proof(htu="nowhere")], method="POST", addresses=(HERE,), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "PUT"}, {"htm": "post"}, {"htm": None}, {"htm": ["POST"]},
        {"jti": None}, {"jti": "short"}, {"jti": "x" * 257}, {"jti": 123456789},
        {"iat": None}, {"iat": "1"}, {"iat": True},
        {"exp": int(NOW.timestamp()) - 1}, {"exp": "x"}, {"nbf": int(NOW.timestamp()) + 600}, {"nbf": []},
    ],
)  # fmt: skip
def test_a_claim_that_is_wrong_or_missing(changes: dict[str, Any]) -> None:
    with pytest.raises(BadProof):
        verify(proof(**changes))


@pytest.mark.parametrize("seconds", [-60, -10, 0, 10, 30])
def test_honest_clocks_may_differ(seconds: int) -> None:
    at = int(NOW.timestamp()) + seconds
    verify(proof(iat=at, nbf=at, exp=int(NOW.timestamp()) + 60))


@pytest.mark.parametrize("seconds", [-3600, -61, 31, 3600])
def test_a_proof_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(BadProof, match="iat"):
        verify(proof(iat=int(NOW.timestamp()) + seconds))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": None}, {"typ": "JWT"}, {"typ": "dpop"},
        {"alg": None}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"}, {"alg": "PS256"}, {"alg": 1},
        {"jwk": None}, {"jwk": "x"}, {"jwk": {}}, {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": Signer().jwk},
        {"jwk": Signer("EdDSA").jwk},
        {"jwk": {**SIGNER.jwk, "x": "AAAA"}},
        {"jwk": SIGNER.key.as_dict(private=True)},
        {"crit": ["b64"]}, {"b64": False},
    ],
)  # fmt: skip
def test_a_header_that_is_wrong_or_missing(header: dict[str, Any]) -> None:
    with pytest.raises(BadProof):
        verify(proof(header=header))


def test_an_address_of_a_key_is_never_followed() -> None:
    with pytest.raises(BadProof, match="jwk"):
        verify(proof(header={"jwk": None, "jku": "https://evil.example/keys", "x5u": "https://evil.example/c"}))


def test_an_rsa_key_may_not_sign_by_rs256() -> None:
    with pytest.raises(BadProof, match="algorithm"):
        verify(Signer("RS256").proof("POST", HERE, NOW))


def test_a_secret_shared_with_nobody_signs_nothing() -> None:
    said = f"{segment({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': SIGNER.jwk})}.{segment({})}"
    for forged in (f"{said}.", f"{said}.AAAA", said):
        with pytest.raises(BadProof):
            verify(forged)


@pytest.mark.parametrize(
    "text",
    ["", "x", "a.b", "a.b.c.d", "é.b.c", "a.b.c", "=.=.=", "A" * 10_000, f"{segment([])}.{segment({})}.AAAA",
     f"{segment({'typ': 'dpop+jwt'})}.{segment({})}.A"],
)  # fmt: skip
def test_what_is_no_token_is_no_proof(text: str) -> None:
    with pytest.raises(BadProof):
        verify(text)


def test_one_proof_exactly() -> None:
    for proofs in ((), (proof(), proof()), (f"{proof()}, {proof()}",)):
        with pytest.raises(BadProof):
            verify(*proofs)


def test_a_changed_proof_is_refused() -> None:
    head, body, signature = proof().split(".")
    other = proof(htm="GET").split(".")[1]
    for changed in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-4]}", f"{head}.{body}.{signature}AAAA"):
        with pytest.raises(BadProof):
            verify(changed)


def test_claims_that_are_no_object_are_refused() -> None:
    with pytest.raises(BadProof):
        verify(SIGNER.signed({"typ": "dpop+jwt", "alg": "ES256", "jwk": SIGNER.jwk}, ["x"]))


def test_a_proof_goes_with_one_access_token() -> None:
    verify(proof(token=TOKEN), access_token=TOKEN)
    for wrong in (proof(), proof(token="another"), proof(ath=TOKEN)):
        with pytest.raises(BadProof, match="ath"):
            verify(wrong, access_token=TOKEN)


def test_a_profile_may_take_fewer_algorithms() -> None:
    with pytest.raises(BadProof, match="algorithm"):
        verify(proof(), algorithms=("PS256",))


def test_one_proof_has_one_mark_and_another_key_another() -> None:
    one, same = proof(jti="the same jti"), proof(jti="the same jti", iat=int(NOW.timestamp()) - 1)
    assert verify(one).mark == verify(same).mark
    assert verify(Signer().proof("POST", HERE, NOW, jti="the same jti")).mark != verify(one).mark
    assert verify(proof()).mark != verify(proof()).mark


def test_a_nonce_of_ours_is_good_for_two_stretches_in_any_process() -> None:
    nonces = Nonces(bytes(32), timedelta(minutes=2))
    nonce = nonces.fresh(NOW)
    for minutes in (0, 1, 2, 3):
        assert Nonces(bytes(32), timedelta(minutes=2)).good(nonce, NOW + timedelta(minutes=minutes))
    assert not nonces.good(nonce, NOW + timedelta(minutes=4))
    assert not nonces.good(nonce, NOW - timedelta(minutes=1))
    assert not Nonces(bytes(31) + b"x").good(nonce, NOW)
    assert nonces.fresh(NOW) != nonces.fresh(NOW + timedelta(minutes=2))


def test_where_a_nonce_is_needed_only_ours_will_do() -> None:
    nonces = Nonces(bytes(32))
    nonce = nonces.fresh(NOW)
    assert verify(proof(nonce=nonce), nonces=nonces, nonce_needed=True).nonce == nonce
    for wrong in (None, "", "another", 5, nonces.fresh(NOW - timedelta(hours=1))):
        with pytest.raises(NeedsNonce):
            verify(proof(nonce=wrong), nonces=nonces, nonce_needed=True)


def test_where_none_is_needed_a_foreign_nonce_is_left_alone() -> None:
    assert verify(proof(nonce="another"), nonces=Nonces(bytes(32))).nonce is None
