"""Where a person says they can be reached."""

import pytest

from idp.accounts import contacts


@pytest.mark.rule("R026")
def test_an_email_address_is_needed_and_a_mobile_is_not() -> None:
    with pytest.raises(contacts.Wrong, match="e-mail"):
        contacts.email("  ")
    assert contacts.mobile("  ") is None


@pytest.mark.parametrize("typed", ["06 39 98 00 01", "+33 6 39 98 00 01", "0033639980001", "06.39.98.00.01"])
def test_a_mobile_number_is_understood_however_it_is_written(typed: str) -> None:
    assert contacts.mobile(typed) == "+33639980001"


@pytest.mark.parametrize("typed", ["01 99 00 12 34", "06 39 98", "mobile", "0" * 5000])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(contacts.Wrong):
        contacts.mobile(typed)


@pytest.mark.parametrize(
    "typed", ["inaya", "inaya@", "@example.org", "a b@example.org", "a@b", "a@example.org\r\nBcc: x@y.fr"]
)
def test_what_is_no_email_address_is_refused(typed: str) -> None:
    with pytest.raises(contacts.Wrong):
        contacts.email(typed)


def test_a_french_number_is_shown_as_one_writes_it() -> None:
    assert contacts.spaced("+33639980001") == "06 39 98 00 01"
    assert contacts.spaced("+32470123456") == "+32470123456"
    assert contacts.spaced("") == ""


def test_addresses_are_shown_masked() -> None:
    assert contacts.masked("+33639980001") == "06 •• •• •• 01"
    assert contacts.masked("inaya.michel@example.org") == "i•••@example.org"
