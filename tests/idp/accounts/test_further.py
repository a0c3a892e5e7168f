"""OpenID Connect Core §5.1: what may be kept of a person beyond the insurance's file."""

import pytest

from idp.accounts import further

WHOLE = {
    "middle_name": "Alice",
    "nickname": "Gaby",
    "preferred_username": "gaby",
    "profile": "https://example.org/gaby",
    "picture": "https://example.org/gaby.png",
    "website": "https://gaby.example.org/",
    "zoneinfo": "Europe/Paris",
    "locale": "fr-FR",
    "address": {"street_address": "1 rue des Lilas", "postal_code": "75020", "locality": "Paris", "country": "France"},
}


def test_what_is_well_written_is_kept():
    assert further.read(WHOLE) == WHOLE
    assert further.read({}) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"nir": "279037599902148"},
        {"name": "Somebody Else"},
        {"nickname": ""},
        {"nickname": 3},
        {"nickname": "x" * 501},
        {"nickname": "a\0b"},
        {"picture": "http://example.org/gaby.png"},
        {"website": "javascript:alert(1)"},
        {"profile": "https:"},
        {"zoneinfo": "Paris"},
        {"locale": "french"},
        {"address": "1 rue des Lilas"},
        {"address": {}},
        {"address": {"floor": "3"}},
        {"address": {"locality": 75}},
    ],
)
def test_what_is_not_is_refused_by_its_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        further.read(wrong)
