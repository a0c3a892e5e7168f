"""`espace links`: whom other issuers may speak of."""

import json
from pathlib import Path

import pytest

from tests.service.test_commands import PERSON, Run, installed, place, run

__all__ = ["installed", "place", "run"]

ISSUER, SUBJECT, NIR = "https://employer.example", "ana", "290057599901136"


@pytest.fixture
def trusting(installed: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv(
        "ESPACE_IDP__TRUST__ISSUERS", f"{ISSUER}={Path(__file__).parents[1] / 'assets/issuer.jwks.json'}"
    )
    return installed


def test_a_person_is_linked_and_unlinked(trusting: Run) -> None:
    made = json.loads(trusting(*PERSON, "--nir", NIR, "--json").output)
    linked = json.loads(trusting("links", "add", made["id"], ISSUER, SUBJECT, "--json").output)
    assert linked == {"person_id": made["id"], "issuer": ISSUER, "linked": True}
    assert trusting("links", "remove", ISSUER, SUBJECT).exit_code == 0
    again = trusting("links", "remove", ISSUER, SUBJECT)
    assert (again.exit_code, "Nobody is linked" in again.output) == (1, True)


def test_a_stranger_is_not_trusted_and_nobody_is_linked_twice(trusting: Run) -> None:
    made = json.loads(trusting(*PERSON, "--nir", NIR, "--json").output)
    stranger = trusting("links", "add", made["id"], "https://stranger.example", SUBJECT)
    assert (stranger.exit_code, "not among the trusted issuers" in stranger.output) == (1, True)
    assert trusting("links", "add", "per_none", ISSUER, SUBJECT).exit_code == 1
    assert trusting("links", "add", made["id"], ISSUER, SUBJECT).exit_code == 0
