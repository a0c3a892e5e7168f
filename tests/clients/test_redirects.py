"""RFC 9700 §4.1.3: exact matching, and the one exception of RFC 8252 §7.3."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients import redirects
from clients.records import AuthMethod, Client, Kind, Status

KNOWN = "https://app.example/cb?x=1"
APP = Client(
    client_id="app",
    name="App",
    kind=Kind.APP,
    status=Status.REFERENCED,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    redirect_uris=(KNOWN, "http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback"),
)
NATIVE = replace(APP, auth_method=AuthMethod.NONE)


def test_the_registered_address_is_allowed():
    assert redirects.allowed(APP, KNOWN)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb",
        "https://app.example/cb?x=1&y=2",
        "https://app.example/cb?x=1#",
        "https://app.example/cb?x=1#f",
        "https://APP.example/cb?x=1",
        "https://app.example:443/cb?x=1",
        "https://app.example./cb?x=1",
        "https://app.example/CB?x=1",
        "https://app.example/cb/?x=1",
        "https://app.example/a/../cb?x=1",
        "https://app.example/%63b?x=1",
        "https://app.example@evil.example/cb?x=1",
        "https://evil.example/https://app.example/cb?x=1",
        "https://app.example.evil.example/cb?x=1",
        "https://appXexample/cb?x=1",
        "https://app.example\\@evil.example/cb?x=1",
        "https://app.example/cb?x=1\t",
        " https://app.example/cb?x=1",
        "http://app.example/cb?x=1",
        "javascript:alert(1)",
        "",
    ],
)
def test_nothing_that_differs_by_a_character_is(uri):
    assert not redirects.allowed(APP, uri)
    assert not redirects.allowed(NATIVE, uri)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:49152/callback", "http://[::1]:5/callback"])
def test_a_native_app_may_listen_on_any_loopback_port(uri):
    assert redirects.allowed(NATIVE, uri)
    assert not redirects.allowed(APP, uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:5/callback",
        "http://127.0.0.1:5/other",
        "http://127.0.0.1:5/callback?x",
        "http://127.0.0.1:5/callback#",
        "http://127.0.0.2:5/callback",
        "http://user@127.0.0.1:5/callback",
        "http://127.0.0.1:5@evil.example/callback",
        "http://127.0.0.1:bad/callback",
        "https://127.0.0.1:5/callback",
    ],
)
def test_the_exception_is_for_the_port_alone(uri):
    assert not redirects.allowed(NATIVE, uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb#f",
        "https://app.example/a/../b",
        "https://u:p@app.example/",
        "http://app.example/",
        "ftp://app.example/",
        "https:///cb",
        "https://app.example/ b",
        "https://app.example/\\b",
        "https://[::1/cb",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_could_mislead_cannot_be_registered(uri):
    assert redirects.fit_to_register(uri)


@pytest.mark.parametrize("uri", [KNOWN, "http://127.0.0.1/callback", "http://localhost:8000/cb"])
def test_an_honest_address_can_be_registered(uri):
    assert redirects.fit_to_register(uri) is None
