"""What notices say, and what they never say."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.pages import Pages
from notices.catalogue import KINDS, SMS
from notices.wording import Wording

AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
CARDS: dict[str, dict[str, Any]] = {
    "one_time_code": {"code": "048213"},
    "activation_done": {"name": "Inaya"},
    "objection_recorded": {},
    "request_waiting": {},
    "new_sign_in": {"at": AT, "device": "Firefox sur Linux"},
    "grant_agreed": {"app": "GlucoLink", "ends": AT},
    "grant_changed": {"app": "GlucoLink"},
    "grant_ended": {"app": "GlucoLink", "because": "withdrawn"},
    "token_reuse": {"app": "GlucoLink"},
}
EVERY = [(notice, channel) for notice, kind in KINDS.items() for channel in kind.channels]
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture
def wording(pages: Pages) -> Wording:
    return Wording(pages.environment, "https://mon-espace.example.org")


@pytest.mark.parametrize(("notice", "channel"), EVERY)
def test_every_notice_has_its_words_on_every_channel(wording: Wording, notice: str, channel: str) -> None:
    words = wording.words(notice, channel, CARDS[notice], AT)
    assert words.text
    assert "None" not in words.text
    assert (words.subject == "") == (channel == SMS)
    assert len(words.subject) <= 70


@pytest.mark.parametrize(("notice", "channel"), EVERY)
def test_sentences_are_short_and_in_plain_words(wording: Wording, notice: str, channel: str) -> None:
    text = wording.words(notice, channel, CARDS[notice], AT).text
    for sentence in re.split(r"[.!?\n]+\s", text):
        words = [word for word in sentence.split() if any(letter.isalpha() for letter in word)]
        assert len(words) <= 20, sentence
    assert not re.search(r"\b(oauth|jeton|token|scope|authentification)\b", text, re.IGNORECASE)


def test_the_notices_that_go_by_text_message_are_a_closed_list() -> None:
    """R111: a text message never carries health content, and the name of an app may tell an illness."""
    by_sms = {notice: kind.needs | kind.may for notice, kind in KINDS.items() if SMS in kind.channels}
    nothing: frozenset[str] = frozenset()
    assert by_sms == {"one_time_code": {"code", "minutes"}, "objection_recorded": nothing, "request_waiting": nothing}


@pytest.mark.rule("R111")
@pytest.mark.parametrize("notice", sorted(set(KINDS) - {"one_time_code", "objection_recorded", "request_waiting"}))
def test_what_names_an_app_or_a_device_never_goes_by_text_message(wording: Wording, notice: str) -> None:
    with pytest.raises(LookupError):
        wording.words(notice, SMS, CARDS[notice], AT)


@pytest.mark.parametrize("notice", [notice for notice, channel in EVERY if channel == SMS])
def test_a_text_message_fits_in_one(wording: Wording, notice: str) -> None:
    text = wording.words(notice, SMS, CARDS[notice], AT).text
    assert set(text) <= GSM_7
    assert len(text) <= 160


def test_a_code_by_text_message_is_bound_to_our_domain(wording: Wording) -> None:
    text = wording.words("one_time_code", SMS, {"code": "048213"}, AT).text
    assert text.splitlines()[-1] == "@mon-espace.example.org #048213"


def test_a_field_that_a_notice_does_not_know_is_refused(wording: Wording) -> None:
    with pytest.raises(LookupError):
        wording.words("one_time_code", SMS, {"code": "048213", "value": "142 mg/dL"}, AT)


def test_a_field_that_a_notice_needs_is_asked_for(wording: Wording) -> None:
    with pytest.raises(LookupError):
        wording.words("one_time_code", SMS, {}, AT)


def test_an_unknown_notice_is_refused(wording: Wording) -> None:
    with pytest.raises(LookupError):
        wording.words("../../layout", "email", {}, AT)


def test_the_name_of_an_app_cannot_write_a_header_nor_a_paragraph(wording: Wording) -> None:
    card = {"app": "Evil\r\nBcc: x@example.org\n\nAppelez le 0899", "because": "withdrawn"}
    words = wording.words("grant_ended", "email", card, AT)
    assert "\n" not in words.subject
    assert "\nBcc" not in words.text
    assert "\nAppelez" not in words.text


def test_the_html_of_a_mail_says_the_same_and_runs_nothing(wording: Wording) -> None:
    card = {"app": '<img src=x onerror="alert(1)"> https://evil.example', "because": "withdrawn"}
    html = wording.words("grant_ended", "email", card, AT).html
    assert "<img" not in html
    assert 'href="https://evil.example' not in html
    assert '<a href="https://mon-espace.example.org/espace/applications">' in html


@pytest.mark.parametrize(
    "because", ["withdrawn", "expired", "app_unpaired", "space_closed", "client_delisted", "refused", "security"]
)
def test_each_reason_to_end_has_its_sentence(wording: Wording, because: str) -> None:
    told = wording.words("grant_ended", "email", {"app": "GlucoLink", "because": because}, AT).text
    others = wording.words("grant_ended", "email", {"app": "GlucoLink", "because": "other"}, AT).text
    assert (told == others) == (because == "security")
