"""RFC 7636, Appendix B, and what S256 refuses."""

import pytest

from idp.protocol import pkce

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_specification_verifies():
    assert pkce.acceptable_challenge(CHALLENGE)
    assert pkce.verify(VERIFIER, CHALLENGE)


def test_the_plain_method_never_verifies():
    assert not pkce.verify(CHALLENGE, CHALLENGE)


@pytest.mark.parametrize("verifier", ["", "short", VERIFIER + "\n", VERIFIER[:-1], "é" * 43, "a" * 129])
def test_another_verifier_is_refused(verifier):
    assert not pkce.verify(verifier, CHALLENGE)


@pytest.mark.parametrize("challenge", ["", CHALLENGE + "=", CHALLENGE[:-1], CHALLENGE + "A", "é" * 43])
def test_a_challenge_that_is_no_digest_is_refused(challenge):
    assert not pkce.acceptable_challenge(challenge)
