"""OpenID Connect Core §3.1.2: when is the person asked, and for what?"""

from datetime import UTC, datetime, timedelta

import pytest

from idp.protocol import prompts
from idp.protocol.prompts import Agree, Go, Refused, SignIn
from idp.protocol.requests import AuthorizationRequest
from idp.tokens.records import Authentication

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(
    *prompt: str,
    proven: datetime | None = NOW - timedelta(minutes=10),
    agreed: bool = True,
    at=NOW,
    acr: str = "eidas2",
    **more,
):
    request = AuthorizationRequest(
        client_id="app",
        redirect_uri="https://app.example/cb",
        redirect_said=True,
        scope=frozenset({"openid"}),
        code_challenge="x" * 43,
        prompt=frozenset(prompt),
        **more,
    )
    who = Authentication("ses_1", proven, acr, ("pwd", "otp")) if proven else None
    return prompts.next_step(request, who=who, subject="s1", agreed=agreed, asked_at=at, now=NOW)


def test_a_person_who_is_signed_in_and_agreed_before_is_asked_nothing():
    assert ask() == Go()


def test_without_a_session_the_person_signs_in():
    assert isinstance(ask(proven=None), SignIn)


def test_what_was_not_agreed_is_asked():
    assert isinstance(ask(agreed=False), Agree)


def test_prompt_consent_asks_again():
    assert isinstance(ask("consent"), Agree)


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_prompt_login_needs_a_proof_given_after_the_request(prompt):
    assert ask(prompt) == SignIn("asked to sign in again", fresh_since=NOW)
    assert ask(prompt, proven=NOW + timedelta(seconds=1)) == Go()


def test_max_age_needs_a_proof_that_is_not_older():
    assert ask(max_age=600) == Go()
    assert isinstance(ask(max_age=599), SignIn)
    assert ask(max_age=0, proven=NOW + timedelta(seconds=1)) == Go()


def test_a_proof_given_just_before_the_request_is_a_former_one():
    just_before = NOW - timedelta(milliseconds=1)
    assert isinstance(ask("login", proven=just_before), SignIn)
    assert isinstance(ask(max_age=0, proven=just_before), SignIn)


def test_another_person_than_the_hint_names_signs_in():
    assert isinstance(ask(hinted_subject="s2"), SignIn)
    assert ask(hinted_subject="s1") == Go()


def test_silence_that_is_impossible_is_told_to_the_app():
    assert ask("none") == Go()
    assert ask("none", proven=None) == Refused("login_required", "the person has to sign in first")
    assert ask("none", agreed=False) == Refused("consent_required", "the person has to agree first")
    assert ask("none", max_age=1).error == "login_required"
    assert ask("none", hinted_subject="s2").error == "login_required"


@pytest.mark.parametrize(
    ("acr", "wanted", "enough"),
    [
        ("eidas2", (), True),
        ("eidas2", ("eidas1",), True),
        ("eidas2", ("eidas3",), False),
        ("eidas2", ("eidas3", "eidas2"), True),
        ("eidas2", ("unknown",), True),
    ],
)
def test_a_level_satisfies_the_least_that_is_wanted(acr, wanted, enough):
    assert prompts.satisfies(acr, wanted) is enough


def test_a_weak_proof_is_made_stronger_when_the_app_wishes_it_and_it_can_be():
    assert isinstance(ask(acr="eidas1", acr_values=("eidas2",)), SignIn)
    assert ask(acr="eidas1", acr_values=("eidas1", "eidas2")) == Go()
    assert ask(acr="eidas1", acr_values=("eidas3",)) == Go()
    assert ask("none", acr="eidas1", acr_values=("eidas2",)).error == "login_required"
