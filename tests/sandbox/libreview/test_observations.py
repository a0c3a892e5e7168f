"""From readings to FHIR: the same line always makes the same resource, and Bundles stay within their size."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from sandbox.libreview import sample
from sandbox.libreview.observations import READINGS, bundle, bundles, identifier, observation
from sandbox.libreview.reader import read
from sandbox.libreview.records import Kind, Reading

AT = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)


def reading(kind: Kind = Kind.HISTORIC, value: str = "112", unit: str = "mg/dL", **given) -> Reading:
    return Reading(
        3, given.pop("at", AT), kind, Decimal(value), unit, "FreeStyle LibreLink", given.pop("serial", "A1"), **given
    )


@pytest.mark.parametrize(
    ("kind", "unit", "code"),
    [
        (Kind.HISTORIC, "mg/dL", "99504-3"),
        (Kind.SCAN, "mmol/L", "14745-4"),
        (Kind.STRIP, "mg/dL", "2345-7"),
        (Kind.STRIP, "mmol/L", "15074-8"),
    ],
)
def test_blood_and_interstitial_mass_and_moles_have_their_own_codes(kind, unit, code):
    made = observation(reading(kind, "5.6" if unit == "mmol/L" else "101", unit))
    assert made["code"]["coding"][0]["code"] == code
    assert made["valueQuantity"]["code"] == unit


def test_the_value_and_the_local_time_are_those_of_the_file():
    made = observation(reading(value="5.6", unit="mmol/L"), patient="p1")
    assert made["valueQuantity"]["value"] == 5.6
    assert made["effectiveDateTime"] == "2026-11-03T08:15:00+01:00"
    assert made["subject"] == {"reference": "Patient/p1"}


def test_the_identifier_is_of_the_sensor_the_kind_and_the_instant():
    marks = {
        identifier(reading()),
        identifier(reading(Kind.SCAN)),
        identifier(reading(serial="B2")),
        identifier(reading(at=AT + timedelta(minutes=1))),
        identifier(reading(nth=2)),
    }
    assert len(marks) == 5
    assert identifier(reading(value="90")) == identifier(reading())


def test_a_strip_says_its_moment_because_the_guide_wants_it():
    assert "extension" in observation(reading(Kind.STRIP))
    assert "extension" not in observation(reading())


def test_a_bundle_names_each_sensor_once_and_its_readings_point_at_it():
    made = bundle([reading(), reading(Kind.SCAN), reading(serial="B2")])
    devices = [entry for entry in made["entry"] if entry["request"]["url"] == "Device"]
    assert len(devices) == 2
    assert devices[0]["request"]["ifNoneExist"].endswith("|A1")
    targets = [entry["resource"]["device"]["reference"] for entry in made["entry"][2:]]
    assert targets == [devices[0]["fullUrl"], devices[0]["fullUrl"], devices[1]["fullUrl"]]


@pytest.mark.parametrize("size", [2, 3, 500, 1000])
def test_no_bundle_is_larger_than_asked_and_none_of_the_readings_is_missing(size):
    readings = [reading(at=AT + timedelta(minutes=n), serial=f"S{n // 700}") for n in range(1500)]
    made = list(bundles(readings, size=size))
    assert max(len(one["entry"]) for one in made) <= size
    marks = [
        entry["resource"]["identifier"][0]["value"]
        for one in made
        for entry in one["entry"]
        if entry["resource"]["identifier"][0]["system"] == READINGS
    ]
    assert marks == [identifier(one) for one in readings]


@pytest.mark.parametrize("size", [0, 1, 1001])
def test_a_size_that_the_api_would_refuse_is_refused_here(size):
    with pytest.raises(ValueError, match="2 to 1000"):
        list(bundles([reading()], size=size))


def test_the_shipped_sample_is_the_one_that_is_generated():
    assert sample.FILE.read_bytes() == sample.sample().encode("utf-8-sig")
    assert sample.FILE.stat().st_size < 200_000


def test_the_sample_is_fourteen_days_of_a_reading_each_quarter_of_an_hour():
    with sample.FILE.open("rb") as source:
        readings, tally = read(source)
    historic = [one for one in readings if one.kind is Kind.HISTORIC]
    assert len(historic) == 14 * 96 == 1344
    assert {after.at - before.at for before, after in pairwise(historic)} == {timedelta(minutes=15)}
    assert tally.bad == 0
    assert tally.readings[Kind.SCAN] > 50
    assert tally.readings[Kind.STRIP] >= 5
    assert tally.skipped.keys() == {"insuline", "repas"}


def test_the_sample_looks_like_a_person():
    with sample.FILE.open("rb") as source:
        values = [one.mg_dl for one in read(source)[0] if one.kind is Kind.HISTORIC]
    within = sum(70 <= value <= 180 for value in values) / len(values)
    assert 0.7 < within < 0.95
    assert 1 <= sum(value < 70 for value in values) <= 40
    assert sum(value > 250 for value in values) >= 4
    assert max(abs(after - before) for before, after in pairwise(values)) < 60


def test_the_whole_sample_fits_in_bundles_of_plain_json():
    with sample.FILE.open("rb") as source:
        for one in bundles(read(source)[0]):
            assert len(json.dumps(one)) < 500_000
