"""Whatever is given to what reads requests, it is read with the one meaning that it has, or refused by a Refusal."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote_plus, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as some

from clients import redirects
from clients.records import AuthMethod, Client, Kind, Status
from consent import scopes, smart
from consent.details import ACTIONS, DATATYPES, HEALTH_SHARING, PURPOSES
from idp.device import codes
from idp.protocol import assertion, claims, details, requests
from idp.server.client_auth import basic_pair
from idp.signals import poll, subjects
from kit.problems import Refusal

settings.register_profile("anything", max_examples=100, deadline=None, derandomize=True, database=None)
LIKE = settings.get_profile("anything")
KNOWN = ("https://app.example/cb?x=1", "http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/cb")
APP = Client("app", "App", Kind.APP, Status.REFERENCED, datetime(2026, 1, 1, tzinfo=UTC), redirect_uris=KNOWN)
NATIVE = replace(APP, auth_method=AuthMethod.NONE)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def heard(read: Callable[[], Any]) -> tuple[Any, Refusal | None]:
    """What was read, or how it was refused."""
    try:
        return read(), None
    except Refusal as refusal:
        return None, refusal


def pieces(*words: str, most: int = 8) -> some.SearchStrategy[str]:
    """Texts that look like the real thing, and others."""
    return some.lists(some.sampled_from(words), max_size=most).map("".join) | some.text(max_size=60)


SCOPES = pieces(
    *("openid", " ", "patient/", "Observation", ".", "rs", "cruds", "sr", "read", "*", "?category=", "a|b", "%7C", "&"),
    *("code=", "measures:read", "pairing", "user/", "system/", "launch/patient", "\t", "offline_access", "ſ", "\0"),
)


@LIKE
@given(SCOPES)
def test_a_scope(text: str) -> None:
    """What is understood says the same when it is said again."""
    found, refusal = heard(lambda: scopes.read(text))
    if refusal is not None:
        assert refusal.code == "invalid_scope"
        return
    assert scopes.read(" ".join(found)) == found
    assert all(" " not in word for word in found)


@LIKE
@given(SCOPES, SCOPES)
def test_two_scopes_narrowed_hold_no_more_than_either(one: str, other: str) -> None:
    try:
        left, right = scopes.read(one), scopes.read(other)
    except Refusal:
        return
    both = scopes.narrowed(left, right)
    assert not scopes.beyond(both, left)
    assert not scopes.beyond(both, right)


ADDRESSES = pieces(
    *("https://", "http://", "app.example", "127.0.0.1", "[::1]", "localhost", "/cb", "/callback", "?x=1", ":5", ":"),
    *("@", "#", "\\", "..", "%2e", "evil.example", "\t", "\n", "/", "//", "．", "\0", "javascript:", "[", "0x7f.1"),
)


@LIKE
@given(ADDRESSES | some.tuples(some.sampled_from(KNOWN), ADDRESSES).map("".join))
def test_a_redirect_address(uri: str) -> None:
    """Ours to the letter; for an app on the person's own machine, but for the port."""
    assert redirects.allowed(APP, uri) == (uri in KNOWN)
    if redirects.allowed(NATIVE, uri) and uri not in KNOWN:
        assert re.fullmatch(r"http://(127\.0\.0\.1|\[::1\])(:\d*)?/callback", uri), uri


@LIKE
@given(ADDRESSES)
def test_an_address_to_register(uri: str) -> None:
    if redirects.fit_to_register(uri) is None:
        parts = urlsplit(uri)
        assert parts.hostname
        assert parts.scheme == "https" or parts.hostname in {"127.0.0.1", "::1", "localhost"}
        assert not set(uri) & set("@#\\\t\r\n \0") or "@" not in parts.netloc
        assert redirects.allowed(replace(APP, redirect_uris=(uri,)), uri)


@LIKE
@given(some.text(max_size=80) | some.binary(max_size=60).map(lambda raw: f"Basic {base64.b64encode(raw).decode()}"))
def test_a_basic_header(header: str) -> None:
    found = basic_pair(header)
    assert found is None or header.lower().startswith("basic ")


_TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=30)


@LIKE
@given(_TEXT, _TEXT)
def test_basic_credentials_are_read_as_they_were_written(name: str, secret: str) -> None:
    """RFC 6749 §2.3.1: also with a colon in either."""
    pair = base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()
    assert basic_pair(f"bAsIc {pair}") == (name, secret)


_ASKED = dict.fromkeys(("essential", "value", "values"), VALUES)
_HOW = VALUES | some.fixed_dictionaries({}, optional=_ASKED)
_NAMES = some.sampled_from(["email", "acr", "sub", "auth_time", "birthdate", "verified_claims", "name"])
CLAIMS = some.dictionaries(
    some.sampled_from(["userinfo", "id_token", "other"]), VALUES | some.dictionaries(_NAMES, _HOW, max_size=3)
)


@LIKE
@given(CLAIMS.map(json.dumps) | some.text(max_size=60))
def test_a_claims_parameter(text: str) -> None:
    """What is kept of it is understood again as itself, and asks for nothing that a scope could not."""
    kept, refusal = heard(lambda: claims.read(text))
    named, another = heard(lambda: claims.requested_subject(kept))
    for one in (refusal, another):
        assert one is None or one.code == "invalid_request"
    assert refusal is not None or claims.read(kept) == kept
    assert claims.scopes(kept) <= claims.SCOPES.keys()
    assert named is None or isinstance(named, str)
    assert all(isinstance(level, str) for level in claims.essential_acr(kept) + claims.wished_acr(kept))


def _some_of(*words: str) -> some.SearchStrategy[Any]:
    return some.lists(some.sampled_from(words), max_size=3) | VALUES


_PERIOD = VALUES | some.dictionaries(
    some.sampled_from(["start", "end"]),
    some.sampled_from(["2026-02-31", "2026-03-01", "0000-00-00", "9999-12-31", "٢٠٢٦-03-01", ""]) | VALUES,
)
DETAIL = some.fixed_dictionaries(
    {"type": some.just(HEALTH_SHARING) | VALUES},
    optional={
        "actions": _some_of(*ACTIONS),
        "datatypes": _some_of(*DATATYPES),
        "codes": _some_of("http://loinc.org|8867-4", "a|b", "|", "a|b|c"),
        "locations": _some_of("https://elsewhere.example", "http://localhost:8000/dossier/fhir/"),
        "purpose": some.sampled_from(PURPOSES) | VALUES,
        "period": _PERIOD,
        "data_period": _PERIOD,
        "more": VALUES,
    },
)
ALL_DATA = scopes.scopes_of(scopes.CONSENTS)


@LIKE
@given(some.lists(DETAIL, max_size=3).map(json.dumps) | VALUES.map(json.dumps) | some.text(max_size=60))
def test_authorization_details(text: str) -> None:
    """What is understood only narrows, and can be said to the person."""
    found, refusal = heard(lambda: details.read(text, APP))
    if refusal is not None:
        assert refusal.code == "invalid_authorization_details"
        assert refusal.description.isprintable()
        assert refusal.description.isascii()
        return
    left = details.left(ALL_DATA, found)
    assert not scopes.beyond(frozenset(word for word in left if smart.looks_smart(word)), ALL_DATA)
    assert all(isinstance(sentence, str) for sentence in details.words(found))
    assert details.narrowed(text, found, APP) == found


@LIKE
@given(some.text(max_size=80) | VALUES.map(json.dumps).map(lambda text: f"e30.{_segment(text)}.AAAA"))
def test_what_an_assertion_claims(text: str) -> None:
    claimed = assertion.claimed_client(text)
    assert claimed is None or isinstance(claimed, str)


def _segment(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@LIKE
@given(some.text(max_size=30))
def test_prompts_and_ages_and_typed_codes(text: str) -> None:
    for read in (requests.prompts, lambda said: requests.max_age(said, None)):
        refusal = heard(partial(read, text))[1]
        assert refusal is None or refusal.code == "invalid_request"
    said = codes.plain(text)
    assert said is None or re.fullmatch(r"[A-Z]{8}", said)


@LIKE
@given(VALUES, some.dictionaries(some.sampled_from(["maxEvents", "returnImmediately", "ack", "setErrs"]), VALUES))
def test_what_a_receiver_of_signals_says(subject: Any, said: dict[str, Any]) -> None:
    for read in (lambda: subjects.mark(subject), lambda: poll.read(said)):
        refusal = heard(read)[1]
        assert refusal is None or refusal.status == 400
