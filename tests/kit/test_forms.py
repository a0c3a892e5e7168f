"""Forms are read as the standard library reads them, and refused when they are not forms."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.forms import MOST_FIELDS, parse_bytes
from kit.problems import Refusal

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_ODD = st.lists(st.sampled_from(["a", "b", "=", "&", "+", "%", "%41", "%C3%A9", "%ff", "é", " ", ";"]), max_size=12)


@given(st.lists(st.tuples(_TEXT.filter(bool), _TEXT), min_size=1, max_size=20))
def test_what_was_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    assert parse_bytes(urlencode(pairs).encode()).pairs == pairs


@given(_ODD.map("".join))
def test_whatever_comes_is_read_as_the_standard_library_reads_it(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError:
        with pytest.raises(Refusal):
            parse_bytes(text.encode())
    else:
        assert parse_bytes(text.encode()).pairs == expected


@pytest.mark.parametrize("body", [b"a=\xff", b"a=%FF", b"a=b\0", b"a=%00", b"&".join([b"a=1"] * (MOST_FIELDS + 1))])
def test_what_is_not_a_form_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_bytes(body)
    assert refused.value.status == 400


def test_the_last_value_counts_and_all_are_kept() -> None:
    form = parse_bytes(b"consent=measures%3Aread&consent=measures%3Awrite&code=1+2")
    assert form.get("consent") == "measures:write"
    assert form.all("consent") == ["measures:read", "measures:write"]
    assert form.get("code") == "1 2"
