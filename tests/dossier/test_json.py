"""What comes in as text: any bytes are answered, none breaks anything."""

import json as plain
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.fhir import json
from dossier.fhir.dates import span
from dossier.fhir.json import BadJson, look_over
from dossier.rules.judgement import judge
from tests.dossier.world import NOW, glucose, pressure

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    with suppress(BadJson):
        assert isinstance(json.read(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b'"x"',
        b"{",
        b"\xff",
        b'"\xed\xa0\x80"',
        b"[" * 100_000,
        b'{"a":1e999999999999999999999}',
        b"NaN",
    ],
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(BadJson):
        json.read(body)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_decimals_keep_their_digits(value):
    text = f'{{"value":{value:f}}}'
    assert json.write(json.read(text)).decode() == text


@given(VALUES)
def test_looking_over_ends_with_a_word_or_with_nothing(value):
    with suppress(BadJson):
        look_over({"x": value}, "Observation")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "Observation.x"),
        ("", "Observation.x"),
        ([], "Observation.x"),
        ({}, "Observation.x"),
        ([{"y": [None]}], "Observation.x[0].y[0]"),
        ("a\x00b", "Observation.x"),
        ("a" * 20_000, "Observation.x"),
        ([1] * 101, "Observation.x"),
        ({"é": 1}, "Observation.x"),
    ],
)
def test_what_fhir_json_forbids_is_told_with_its_place(value, place):
    with pytest.raises(BadJson) as refused:
        look_over({"x": value}, "Observation")
    assert refused.value.expression == place


def test_deep_nesting_is_refused():
    value: object = 1
    for _ in range(40):
        value = {"extension": [value]}
    with pytest.raises(BadJson, match="deeply"):
        look_over({"x": value}, "Observation")


@given(st.sampled_from(sorted(glucose() | pressure())), VALUES)
def test_an_element_of_any_value_is_judged_without_breaking(name, value):
    judged = judge(glucose() | {name: value}, NOW)
    assert judged.facts is not None or any(issue.severity == "error" for issue in judged.issues)


@given(VALUES, st.sampled_from(["value", "code", "system", "comparator"]))
def test_a_quantity_of_any_value_is_judged_without_breaking(value, name):
    raw = glucose()
    raw["valueQuantity"][name] = value
    judge(raw, NOW)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(["mg/dL", "mmol/L", "g/L"]))
def test_a_number_of_any_size_is_judged_without_breaking(value, unit):
    judged = judge(glucose(value, unit), NOW)
    if judged.facts is not None:
        assert 10 <= judged.facts.value <= 1000


@given(st.text(max_size=40))
def test_any_text_is_a_span_or_none(text):
    meant = span(text)
    assert meant is None or meant.start < meant.end


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026", "2025-12-31T23:00:00+00:00", timedelta(days=365)),
        ("2026-02", "2026-01-31T23:00:00+00:00", timedelta(days=28)),
        ("2026-03-29", "2026-03-28T23:00:00+00:00", timedelta(hours=23)),
        ("2026-03-01T08:15:00+01:00", "2026-03-01T07:15:00+00:00", timedelta(seconds=1)),
        ("2026-03-01T08:15Z", "2026-03-01T08:15:00+00:00", timedelta(minutes=1)),
        ("2026-03-01T08:15:00.250Z", "2026-03-01T08:15:00.250000+00:00", timedelta(milliseconds=1)),
        ("2026-03-01T08:15:00-03:30", "2026-03-01T11:45:00+00:00", timedelta(seconds=1)),
    ],
)
def test_dates_are_spans(text, start, length):
    meant = span(text)
    assert meant is not None
    assert (meant.start.isoformat(), meant.end - meant.start) == (start, length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-30",
        "2026-03-01T25:00:00Z",
        "0000",
        "9999-12-31",
        "2026-03-01T08:15:00+99:00",
        "٢٠٢٦",
    ],
)
def test_what_is_no_date_is_none(text):
    assert span(text) is None


def test_plain_python_reads_what_we_write():
    assert plain.loads(json.write({"value": Decimal("5.60"), "big": 10**30})) == {"value": 5.6, "big": 10**30}
