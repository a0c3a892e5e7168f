"""OpenID Connect Core §5.5: claims asked one by one, cleaned; what they need agreed; what is told of them."""

import json

import pytest

from idp.accounts.records import Profile
from idp.protocol import claims
from kit.problems import Refusal

PROFILE = Profile("Gabrielle", "Capanelli", "1985-11-23", "female", "g@example.test", True, None, False, 1_700_000_000)


def test_what_is_known_is_kept_and_what_is_not_is_left_out():
    asked = {
        "userinfo": {"name": None, "height": None, "email": {"essential": True}, "https://x.example/y": {"value": 3}},
        "id_token": {"auth_time": {"essential": True}, "gender": {"value": "male", "more": 1}, "birthdate#fr": None},
        "verified": 7,
    }
    read = claims.read(json.dumps(asked))
    assert read == {
        "userinfo": {"name": {}, "email": {"essential": True}},
        "id_token": {"auth_time": {"essential": True}, "gender": {}},
    }
    assert claims.read(asked) == read, "a request object holds it as an object"
    assert claims.read(read) == read


@pytest.mark.parametrize("said", [None, "", "{}", '{"userinfo":null}', '{"userinfo":{"height":null}}'])
def test_nothing_known_is_nothing(said):
    assert claims.read(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "name",
        "[]",
        "null",
        '"name"',
        "{",
        '{"userinfo":["name"]}',
        '{"id_token":"acr"}',
        '{"userinfo":{"name":true}}',
        '{"userinfo":{"name":{"essential":"yes"}}}',
        '{"id_token":{"acr":{"values":"eidas2"}}}',
        '{"id_token":{"acr":{"values":[]}}}',
        '{"id_token":{"acr":{"values":[2]}}}',
        '{"id_token":{"acr":{"value":null}}}',
        '{"id_token":{"acr":{"values":' + json.dumps(["x"] * 21) + "}}}",
        '{"userinfo":' + '{"a":' * 800 + "1" + "}" * 801,
        '{"userinfo":{"name":null},"x":"' + "x" * 4096 + '"}',
    ],
)
def test_what_is_badly_written_is_refused(said):
    with pytest.raises(Refusal) as refused:
        claims.read(said)
    assert refused.value.code == "invalid_request"


def test_levels_are_essential_or_a_wish():
    essential = claims.read('{"id_token":{"acr":{"essential":true,"values":["eidas2","eidas1"]}}}')
    assert claims.essential_acr(essential) == ("eidas2", "eidas1")
    assert claims.wished_acr(essential) == ()
    wish = claims.read('{"id_token":{"acr":{"value":"eidas2"}}}')
    assert claims.essential_acr(wish) == ()
    assert claims.wished_acr(wish) == ("eidas2",)
    for nothing in (None, claims.read('{"userinfo":{"acr":{"essential":true,"value":"eidas2"}}}')):
        assert claims.essential_acr(nothing) == claims.wished_acr(nothing) == ()
    assert claims.essential_acr(claims.read('{"id_token":{"acr":{"essential":true}}}')) == ()


def test_one_person_can_be_named():
    assert claims.requested_subject(claims.read('{"id_token":{"sub":{"value":"abc"}}}')) == "abc"
    assert claims.requested_subject(claims.read('{"id_token":{"sub":null}}')) is None
    assert claims.requested_subject(None) is None
    with pytest.raises(Refusal):
        claims.requested_subject(claims.read('{"id_token":{"sub":{"values":["abc","def"]}}}'))


def test_a_claim_takes_the_agreement_of_its_scope():
    asked = claims.read('{"userinfo":{"birthdate":null,"email":null},"id_token":{"phone_number":null,"acr":null}}')
    assert claims.scopes(asked) == {"profile", "email", "phone"}
    assert claims.scopes(None) == frozenset()
    assert claims.asked(asked, "userinfo", frozenset({"openid", "profile"})) == {"birthdate"}
    assert claims.asked(asked, "id_token", frozenset({"openid", "profile"})) == frozenset()
    assert claims.asked(None, "userinfo", frozenset({"profile"})) == frozenset()


def test_what_is_told_is_what_is_known():
    assert claims.told(PROFILE, frozenset({"birthdate", "phone_number", "phone_number_verified"})) == {
        "birthdate": "1985-11-23"
    }
    everything = claims.told(PROFILE, claims.of_scopes(frozenset({"openid", "profile", "email", "phone"})))
    assert everything == {
        "name": "Gabrielle Capanelli",
        "given_name": "Gabrielle",
        "family_name": "Capanelli",
        "birthdate": "1985-11-23",
        "gender": "female",
        "updated_at": 1_700_000_000,
        "email": "g@example.test",
        "email_verified": True,
    }
    assert claims.told(PROFILE, claims.of_scopes(frozenset({"openid"}))) == {}
