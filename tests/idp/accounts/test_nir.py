"""The social security number (french-identity: structure and key)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts import nir
from idp.accounts.nir import NotANir

DEMO = {
    "2790375999021": "48",
    "2680475999097": "42",
    "2120875999031": "06",
    "1150275999032": "06",
    "1180975999033": "67",
    "1850675999041": "26",
    "1540175999042": "09",
    "2010675999043": "16",
}
"""The numbers that the demonstration's people carry, as they were given to us."""

departments = st.one_of(st.sampled_from(["2A", "2B"]), st.integers(0, 99).map(lambda n: f"{n:02d}"))
numbers = st.builds(
    lambda sex, birth, department, rest: f"{sex}{birth:04d}{department}{rest:06d}",
    st.sampled_from("123478"),
    st.integers(0, 9999),
    departments,
    st.integers(0, 999_999),
)


@pytest.mark.parametrize(("number", "key"), DEMO.items())
def test_known_numbers_have_their_known_key(number: str, key: str) -> None:
    assert nir.key_of(number) == key
    assert nir.parse(number + key).whole == number + key


@pytest.mark.parametrize("whole", ["269054958815780", "295109912611193", "279035121518989"])
def test_published_examples_are_read(whole: str) -> None:
    assert nir.parse(whole).whole == whole


@pytest.mark.parametrize(("department", "stands_for"), [("2A", "19"), ("2B", "18")])
def test_corsica_counts_as_19_and_18_in_the_key(department: str, stands_for: str) -> None:
    assert nir.key_of(f"27903{department}999021") == nir.key_of(f"27903{stands_for}999021")
    assert nir.parse(f"27903{department}999021" + nir.key_of(f"27903{stands_for}999021")).number[5:7] == department
    with pytest.raises(NotANir):  # 2A and 2B are not 20: that number has another key
        nir.parse(f"27903{department}999021" + nir.key_of("2790320999021"))


@given(numbers)
def test_a_number_with_its_own_key_is_read(number: str) -> None:
    read = nir.parse(number + nir.key_of(number))
    assert (read.number, read.key) == (number, nir.key_of(number))
    assert 1 <= int(read.key) <= 97


@given(numbers, st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, position: int, more: int) -> None:
    whole = number + nir.key_of(number)
    if not whole[position].isdigit() or position in (5, 6):
        return  # in the department a digit may also stand for another spelling of the same place
    changed = whole[:position] + str((int(whole[position]) + more) % 10) + whole[position + 1 :]
    with pytest.raises(NotANir):
        nir.parse(changed)


@given(numbers, st.integers(0, 11))
def test_two_neighbours_exchanged_are_always_seen(number: str, position: int) -> None:
    whole = number + nir.key_of(number)
    left, right = whole[position], whole[position + 1]
    if left == right or not (left + right).isdigit() or position in (4, 5, 6):
        return
    with pytest.raises(NotANir):
        nir.parse(whole[:position] + right + left + whole[position + 2 :])


@given(numbers, st.sampled_from([" ", ".", "-", "\u00a0", "\u202f"]))
def test_spaces_dots_and_dashes_do_not_matter(number: str, gap: str) -> None:
    whole = number + nir.key_of(number)
    assert nir.parse(gap.join(whole)).whole == whole
    assert nir.parse(nir.parse(whole).spaced).whole == whole


def test_small_letters_and_wide_digits_are_understood() -> None:
    assert nir.parse("2 79 03 2a 999 021 08").number == "279032A999021"
    assert nir.parse("２790375999021 48").number == "2790375999021"


@pytest.mark.parametrize("first", "3478")
def test_provisional_numbers_are_accepted_and_known_as_such(first: str) -> None:
    number = first + "790375999021"
    read = nir.parse(number + nir.key_of(number))
    assert read.provisional
    assert not nir.parse("279037599902148").provisional


@pytest.mark.parametrize("month", ["20", "31", "42", "50", "99"])
def test_months_that_name_no_month_are_accepted(month: str) -> None:
    number = f"279{month}75999021"
    assert nir.parse(number + nir.key_of(number)).number == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2790375999021",
        "279037599902149",
        "2790375999021480",
        "979037599902148",
        "279037C99902148",
        "27903759990214A",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotANir):
        nir.parse(text)


def test_a_number_never_shows_by_accident() -> None:
    read = nir.parse("279037599902148")
    assert "2790375" not in repr(read)
    assert "2790375" not in str([read])
    with pytest.raises(NotANir) as refused:
        nir.parse("279037599902149")
    assert "2790375" not in str(refused.value)


@pytest.mark.parametrize("text", ["279037599902148", "2790375999021", "2 79 03 75 999 021"])
def test_what_could_be_taken_for_a_number_is_recognised(text: str) -> None:
    assert nir.looks_like_one(text)
    assert not nir.looks_like_one("gabrielle.capanelli")
