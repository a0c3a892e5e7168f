"""`espace clients add`, `token`, `invite`: apps of every kind, and what is said when something is wrong."""

import json
from typing import Any

import pytest

from clients.options import Options
from kit import jose
from tests.service.test_commands import Run, installed, place, run

__all__ = ["installed", "place", "run"]

ADD = ("clients", "add", "--id", "meter", "--name", "Meter", "--redirect-uri", "https://meter.example/cb")


def added(installed: Run, *more: str) -> dict[str, Any]:
    done = installed(*ADD, *more, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_app_is_described_on_the_command_line_alone(installed: Run) -> None:
    more = (
        "--profile",
        "fapi2",
        "--jwks-uri",
        "https://meter.example/jwks",
        "--option",
        "dpop_bound_access_tokens=true",
    )
    made = added(
        installed, *more, "--option", "default_max_age=300", "--option", "contacts=a@example.org, b@example.org"
    )
    assert (made["profile"], made["auth_method"]) == ("fapi2", "private_key_jwt")
    shown = json.loads(installed("clients", "show", "meter", "--json").stdout)
    assert shown["options"] == {
        "jwks_uri": "https://meter.example/jwks",
        "dpop_bound_access_tokens": True,
        "default_max_age": 300,
        "contacts": ["a@example.org", "b@example.org"],
    }


def test_what_is_said_on_the_command_line_wins_over_the_file(installed: Run) -> None:
    key = jose.generate("ES256", "k1").as_dict(private=False)
    file = {"client_id": "meter", "name": "Old", "redirect_uris": ["https://meter.example/cb"]}
    given = json.dumps({**file, "jwks": {"keys": [{**key, "kid": "k1"}]}, "options": {"software_id": "s"}})
    done = installed("clients", "add", "-", "--name", "New", "--option", "software_version=2", "--json", given=given)
    made = json.loads(done.stdout)
    assert made["name"] == "New"
    assert made["options"] == {"software_id": "s", "software_version": "2"}


def test_tls_and_shared_secrets_that_sign(installed: Run) -> None:
    tls = added(
        installed, "--auth-method", "tls_client_auth", "--option", "tls_client_auth_subject_dn=CN=meter.example,O=Meter"
    )
    assert tls["options"]["tls_client_auth_subject_dn"] == "CN=meter.example,O=Meter"
    other = ("clients", "add", "--id", "signer", "--name", "S", "--redirect-uri", "https://s.example/cb")
    done = installed(*other, "--profile", "compat", "--auth-method", "client_secret_jwt", "--json")
    assert json.loads(done.stdout)["client_secret"]
    assert "idp.profiles" in done.stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--option", "dpop_bound_access_token=true"), "Did you mean dpop_bound_access_tokens?"),
        (("--option", "dpop_bound_access_tokens"), "NAME=VALUE"),
        (("--option", "dpop_bound_access_tokens=maybe"), "true or false"),
        (("--option", "subject_type=someone"), "subject_type"),
        (("--auth-method", "tls_client_auth"), "exactly one name of the certificate"),
        (("--profile", "fapi2", "--auth-method", "client_secret_basic"), "not for the profile fapi2"),
        ((), "jwks"),
        (("--auth-method", "none", "--grant-type", "client_credentials"), "grant_types"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(installed: Run, more: tuple[str, ...], words: str) -> None:
    refused = installed(*ADD, *more)
    assert (refused.exit_code, words in refused.output) == (1, True), refused.output


def test_twice_the_same_app_is_said(installed: Run) -> None:
    added(installed, "--auth-method", "none")
    again = installed(*ADD, "--auth-method", "none")
    assert (again.exit_code, "espace clients show meter" in again.output) == (1, True)


def test_every_option_can_be_named(installed: Run) -> None:
    refused = installed(*ADD, "--option", "zzzz=1")
    assert all(name in refused.output for name in Options.__struct_fields__)


def test_an_invitation_is_shown_once_and_taken_back(installed: Run) -> None:
    asked = ("clients", "invite", "Mesures SA", "--uses", "3", "--lifetime", "P1M", "--profile", "fapi2", "--json")
    made = json.loads(installed(*asked).stdout)
    assert made["initial_access_token"].startswith("inv_")
    assert made["uses"] == 3
    assert installed("clients", "uninvite", made["id"]).exit_code == 0
    assert installed("clients", "uninvite", "inv_none").exit_code == 1
    for wrong in (("--lifetime", "a week"), ("--scope", "everything")):
        assert installed("clients", "invite", "x", *wrong).exit_code == 1
    assert installed("clients", "invite", "x", "--uses", "0").exit_code == 2


def test_a_registration_token_replaces_the_one_before(installed: Run) -> None:
    added(installed, "--auth-method", "none")
    one, two = (json.loads(installed("clients", "token", "meter", "--json").stdout) for _ in range(2))
    assert one["registration_access_token"] != two["registration_access_token"]
    assert one["registration_client_uri"].endswith("/register/meter")
    assert installed("clients", "token", "nobody").exit_code == 1
