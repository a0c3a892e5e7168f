"""A call is all that Authlib expects of a request."""

from authlib.oauth2 import OAuth2Request

from idp.server.call import Call
from kit import forms


def test_a_call_has_everything_that_authlibs_own_request_has() -> None:
    call = Call("POST", "https://id.example.org/token", {}, forms.Form([("scope", "a b")]), "192.0.2.1")
    assert vars(OAuth2Request("POST", "https://id.example.org/token")).keys() <= vars(call).keys()
    assert (call.payload.scope, call.scope, call.form) == ("a b", "a b", {"scope": "a b"})


def test_what_stands_in_the_query_is_not_read() -> None:
    call = Call("POST", "https://id.example.org/token?grant_type=password", {}, forms.Form([]), "192.0.2.1")
    assert call.args == {}
    assert call.payload.grant_type is None
