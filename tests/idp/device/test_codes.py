"""The code that is read on one screen and typed on another: whatever is typed, it is itself or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from idp.device import codes

LETTERS = st.text(codes.ALPHABET, min_size=codes.LENGTH, max_size=codes.LENGTH)
MARKS = st.text(" -._/·\t", max_size=2)


@given(LETTERS, st.lists(MARKS, min_size=9, max_size=9), st.booleans())
def test_separators_and_case_change_nothing(code: str, marks: list[str], small: bool) -> None:
    typed = "".join(mark + letter for mark, letter in zip(marks, code + " ", strict=True))
    assert codes.plain(typed.lower() if small else typed) == code


@given(st.text(max_size=60))
def test_what_is_typed_is_a_code_or_nothing(typed: str) -> None:
    found = codes.plain(typed)
    assert found is None or (len(found) == codes.LENGTH and set(found) <= set(codes.ALPHABET))


@given(LETTERS)
def test_a_code_is_what_was_shown(code: str) -> None:
    assert codes.plain(codes.shown(code)) == code
