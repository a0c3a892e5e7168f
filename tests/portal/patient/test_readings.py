"""Measures read from FHIR."""

from typing import Any

import msgspec
import pytest

from portal.patient.readings import Bundle, reading_of, readings


def observation(**more: Any) -> bytes:
    found = {
        "resourceType": "Observation",
        "id": "obs_1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "14745-4"}]},
        "effectiveDateTime": "2026-03-01T08:15:00+01:00",
        "valueQuantity": {"value": 7.2, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        "device": {"display": "An app may write what it likes here"},
        "performer": [{"type": "Organization", "identifier": {"value": "glucolink"}, "display": "GlucoLink"}],
        **more,
    }
    return msgspec.json.encode(found)


def test_a_value_comes_in_the_unit_of_its_kind_with_its_source() -> None:
    found = reading_of(observation())
    assert found is not None
    assert found.value == pytest.approx(129.7, abs=0.1)
    assert (found.kind.key, found.sensor, found.unusual) == ("glycemie", True, False)
    assert (found.source, found.source_id) == ("GlucoLink", "glucolink")
    assert found.at.isoformat() == "2026-03-01T08:15:00+01:00"


def test_a_value_that_the_dossier_doubts_says_so() -> None:
    found = reading_of(observation(meta={"tag": [{"code": "outside-plausible-range"}]}))
    assert found is not None
    assert found.unusual


def test_a_value_that_the_person_typed_has_no_source() -> None:
    found = reading_of(observation(performer=[{"reference": "Patient/pat_1"}]))
    assert found is not None
    assert (found.source, found.source_id) == ("", "")


def test_a_blood_pressure_is_a_pair() -> None:
    def part(code: str, value: int) -> dict[str, Any]:
        return {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value, "code": "mm[Hg]"}}

    found = reading_of(
        observation(
            code={"coding": [{"code": "85354-9"}]},
            valueQuantity=None,
            component=[part("8480-6", 128), part("8462-4", 82)],
        )
    )
    assert found is not None
    assert (found.value, found.second) == (128.0, 82.0)


@pytest.mark.parametrize(
    "more",
    [
        {"status": "entered-in-error"},
        {"code": {"coding": [{"code": "0000-0"}]}},
        {"effectiveDateTime": "yesterday"},
        {"effectiveDateTime": None},
        {"valueQuantity": {"value": 7, "code": "stone"}},
        {"valueQuantity": {"value": True, "code": "mg/dL"}},
        {"valueQuantity": None},
        {"resourceType": "Patient"},
    ],
)
def test_what_cannot_be_read_is_left_out(more: dict[str, Any]) -> None:
    assert reading_of(observation(**more)) is None


def bundle(*entries: dict[str, Any], **more: Any) -> Bundle:
    return msgspec.json.decode(msgspec.json.encode({"resourceType": "Bundle", "entry": entries, **more}), type=Bundle)


def test_readings_come_oldest_first_and_one_that_is_malformed_spoils_nothing() -> None:
    late = {"resource": msgspec.Raw(observation(id="b"))}
    early = {"resource": msgspec.Raw(observation(id="a", effectiveDateTime="2026-02-28T08:00:00Z"))}
    broken = {"resource": msgspec.Raw(observation(id="c", status=3, code="text"))}
    nothing: dict[str, Any] = {}
    assert [one.id for one in readings(bundle(late, broken, nothing, early).entry)] == ["a", "b"]


def test_only_what_matches_is_a_reading() -> None:
    aside = {"resource": msgspec.Raw(observation()), "search": {"mode": "include"}}
    assert readings(bundle(aside).entry) == []


def test_a_bundle_says_which_page_follows() -> None:
    links = [{"relation": "self", "url": "x"}, {"relation": "next", "url": "https://x/next"}]
    assert bundle(link=links).next == "https://x/next"
    assert bundle().next == ""


def test_a_date_without_a_time_zone_is_one_in_paris() -> None:
    found = reading_of(observation(effectiveDateTime="2026-07-01"))
    assert found is not None
    assert found.at.isoformat() == "2026-07-01T00:00:00+02:00"
