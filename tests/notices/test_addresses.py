"""Addresses: checked before anything is sent, masked before anything is shown."""

import pytest

from notices import addresses
from notices.addresses import BadAddress


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("gabrielle.capanelli@example.org", "gabrielle.capanelli@example.org"),
        ("  Ana+mes@EXAMPLE.Fr ", "Ana+mes@example.fr"),
        ("o'neil@example.fr", "o'neil@example.fr"),
        ("a@héhé.fr", "a@xn--hh-bjab.fr"),
    ],
)
def test_an_email_address_is_written_one_way(written: str, kept: str) -> None:
    assert addresses.email(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "@",
        "a@b",
        "a@example.org\r\nBcc: other@example.org",
        "a\nBcc: x@example.org@example.org",
        "a,b@example.org",
        "a@example.org, b@example.org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a b@example.org",
        ".a@example.org",
        "a..b@example.org",
        "a@-example.org",
        "a@example..org",
        "a@" + "x" * 64 + ".org",
        "x" * 65 + "@example.org",
        "a@" + ".".join(["x" * 60] * 5),
        "a\x00@example.org",
        "<a@example.org>",
    ],
)
def test_what_is_no_email_address_is_refused(written: str) -> None:
    with pytest.raises(BadAddress):
        addresses.email(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("06 39 98 00 01", "+33639980001"),
        ("+33639980001", "+33639980001"),
        ("0612345678", "+33612345678"),
        ("07.56.78.90.12", "+33756789012"),
        ("0692123456", "+262692123456"),
        ("+32 470 12 34 56", "+32470123456"),
    ],
)
def test_a_mobile_number_is_kept_in_international_form(written: str, kept: str) -> None:
    assert addresses.mobile(written) == kept


@pytest.mark.parametrize(
    "written", ["", "15", "0123456789", "0199000001", "abc", "+33639980001;ext=5", "+3363998", "1" * 40]
)
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    with pytest.raises(BadAddress):
        addresses.mobile(written)


def test_a_masked_address_is_known_by_its_owner_alone() -> None:
    assert addresses.masked_email("gabrielle.capanelli@example.org") == "g•••@example.org"
    assert addresses.masked_mobile("+33639980001") == "06 •• •• •• 01"
    assert addresses.masked_mobile("+32470123456") == "+32 ••• 56"
