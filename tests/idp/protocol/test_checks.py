"""RFC 6749 §4.1.2.1: an error goes back to the app only when the app and its address were proven."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from idp.protocol import checks, responses
from idp.protocol.checks import ToClient
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import Destination
from kit.problems import Refusal

CALLBACK = "https://app.example/cb"
APP = Client(
    client_id="app",
    name="App",
    kind=Kind.APP,
    status=Status.REFERENCED,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    auth_method=AuthMethod.NONE,
    redirect_uris=(CALLBACK,),
    scope=frozenset({"openid", "profile", "offline_access", "pairing", "patient/Observation.rs"}),
    consents=frozenset({"measures:read"}),
)
GOOD = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": CALLBACK,
    "scope": "openid profile",
    "state": "s t&a=t%e",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def lists(**changes: str | list[str] | None) -> dict[str, list[str]]:
    merged = {**GOOD, **changes}
    return {k: v if isinstance(v, list) else [v] for k, v in merged.items() if v is not None}


def check(client: Client = APP, **changes: str | list[str] | None) -> AuthorizationRequest:
    said = lists(**changes)
    uri = checks.destination(said, client)
    return checks.check(said, client, uri, resources=("https://r.example",), subject_of=lambda hint: None)


def test_a_good_request_becomes_a_value_that_survives_its_keeping():
    asked = check(max_age="10", prompt="login consent", acr_values="eidas1 eidas2", aud="https://r.example/")
    assert asked.scope == {"openid", "profile"}
    assert asked.state == "s t&a=t%e"
    assert asked.audience == ("https://r.example",)
    assert AuthorizationRequest.from_json(asked.to_json()) == asked


def test_a_registered_address_may_be_left_out_when_it_is_the_only_one():
    asked = check(redirect_uri=None)
    assert asked.redirect_uri == CALLBACK
    assert not asked.redirect_said


@pytest.mark.parametrize(
    ("client", "changes"),
    [
        (APP, {"redirect_uri": "https://app.example/cb2"}),
        (APP, {"redirect_uri": [CALLBACK, CALLBACK]}),
        (APP, {"client_id": ["app", "other"]}),
        (replace(APP, status=Status.SUSPENDED), {}),
        (replace(APP, redirect_uris=(CALLBACK, "https://app.example/2")), {"redirect_uri": None}),
    ],
)
def test_an_unproven_address_is_never_answered(client, changes):
    with pytest.raises(Refusal):
        checks.destination(lists(**changes), client)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ["code", "code"]}, "invalid_request"),
        ({"response_mode": "smoke"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "patient/Observation.dus"}, "invalid_scope"),
        ({"scope": "phone"}, "invalid_scope"),
        ({"scope": ["openid", "profile"]}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"aud": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"id_token_hint": "eyJ"}, "invalid_request"),
        ({"nonce": "n" * 5000}, "invalid_request"),
    ],
)
def test_each_fault_has_its_standard_error_and_goes_back_with_the_state(changes, error):
    with pytest.raises(ToClient) as caught:
        check(**changes)
    assert caught.value.error == error
    assert caught.value.to.redirect_uri == CALLBACK
    if "state" not in changes:
        assert caught.value.state == GOOD["state"]


def test_a_client_that_is_unknown_or_of_a_profile_that_is_not_served_is_nobody():
    with pytest.raises(Refusal, match="not known"):
        checks.known(None, ())
    compat = replace(APP, profile="compat")
    with pytest.raises(Refusal, match="not known"):
        checks.known(compat, ())
    assert checks.known(compat, ("compat",)) is compat


@pytest.mark.parametrize("mode", responses.MODES)
def test_an_app_may_choose_how_it_is_answered(mode):
    assert check(response_mode=mode).destination == Destination(CALLBACK, mode)


def test_pkce_may_be_left_out_only_in_the_compatible_profile_and_then_wholly():
    compat = replace(APP, profile="compat", auth_method=AuthMethod.SECRET_BASIC)
    assert check(compat, code_challenge=None, code_challenge_method=None).code_challenge is None
    with pytest.raises(ToClient, match="invalid_request"):
        check(compat, code_challenge=None)
    with pytest.raises(ToClient, match="invalid_request"):
        check(compat, code_challenge_method="plain")
    assert check(compat).code_challenge == GOOD["code_challenge"]


def test_what_was_registered_stands_where_the_request_is_silent():
    usual = replace(APP, options=Options(default_max_age=60, default_acr_values=("eidas2",)))
    assert (check(usual).max_age, check(usual).acr_values) == (60, ("eidas2",))
    assert (check(usual, max_age="5").max_age, check(usual, acr_values="eidas1").acr_values) == (5, ("eidas1",))


def test_a_claim_asked_by_name_takes_the_scope_that_stands_for_it():
    asked = check(scope="openid", claims='{"userinfo": {"given_name": null, "email": null}}')
    assert asked.scope == {"openid", "profile"}
    assert check(claims='{"id_token": {"acr": {"essential": true, "value": "eidas2"}}}').essential_acr == ("eidas2",)


def test_an_unknown_parameter_is_ignored():
    assert check(colour="blue") == check()


def test_what_the_client_may_not_ask_is_left_out():
    assert check(scope="openid email").scope == {"openid"}
    assert check(scope="openid patient/Observation.cruds").scope == {"openid", "patient/Observation.rs"}


def test_a_client_without_the_code_grant_is_refused():
    with pytest.raises(ToClient, match="unauthorized_client"):
        check(replace(APP, grant_types=frozenset({"client_credentials"})))


def test_a_resource_narrows_the_token_and_smart_s_aud_does_not():
    def audience(**said):
        asked = lists(**said)
        known = ("https://us.example", "https://r.example")
        return checks.check(asked, APP, CALLBACK, resources=known, subject_of=lambda hint: None).audience

    assert audience() == ()
    assert audience(aud="https://r.example/") == ("https://us.example", "https://r.example")
    assert audience(resource="https://r.example") == ("https://r.example",)
