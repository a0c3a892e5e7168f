"""What we sign, others verify."""

from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.errors import JoseError

from kit import jose

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLAIMS = {"iss": "http://localhost:8000", "sub": "é", "exp": 1772442300, "aud": ["a", "b"]}


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "PS256", "RS256"])
def test_a_signed_token_is_read_by_another_library_call(algorithm: str) -> None:
    key = jose.generate(algorithm, "k1")
    token = jose.sign(CLAIMS, key, algorithm=algorithm, typ="at+jwt")
    read = jwt.decode(token, key, algorithms=[algorithm])
    assert read.claims == CLAIMS
    assert read.header == {"alg": algorithm, "typ": "at+jwt", "kid": "k1"}
    assert jose.verify(
        token, [key], algorithms=(algorithm,), typ=("at+jwt",), issuer=CLAIMS["iss"], audience="b", now=NOW
    ) == CLAIMS  # fmt: skip


def test_two_keys_of_one_name_make_two_signatures() -> None:
    one, other = jose.generate("ES256", "k1"), jose.generate("ES256", "k1")
    token = jose.sign(CLAIMS, one, algorithm="ES256", typ="JWT")
    with pytest.raises(jose.BadToken, match="signature"):
        jose.verify_signature(token, [other], algorithms=("ES256",), typ=("JWT",))


@pytest.mark.parametrize("algorithm", ["ES384", "RS256", "HS256", "none"])
def test_a_key_does_not_sign_with_an_algorithm_that_is_not_its_own(algorithm: str) -> None:
    with pytest.raises((JoseError, ValueError, KeyError)):
        jose.sign(CLAIMS, jose.generate("ES256", "k1"), algorithm=algorithm, typ="JWT")
