"""The rules, one by one: what is refused, what is only noticed, and what is said."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dossier.catalogue import LOINC, UCUM
from dossier.fhir.systems import CATEGORY
from dossier.rules.judgement import judge
from tests.dossier.world import NOW, glucose, identified, pressure


def errors(raw) -> list[str]:
    return [issue.code for issue in judge(raw, NOW).issues if issue.severity == "error"]


def warnings(raw) -> list[str]:
    return [issue.code for issue in judge(raw, NOW).issues if issue.severity == "warning"]


def quantity(value, unit="mg/dL", **changes):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit} | changes


def category(code, system=CATEGORY):
    return [{"coding": [{"system": system, "code": code}]}]


def coded(*pairs):
    return {"coding": [{"system": system, "code": code} for system, code in pairs]}


MOMENT = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-moment-of-measurement"
DAYS = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-number-of-days"


def extension(url, code, system=LOINC):
    return {"url": url, "valueCodeableConcept": coded((system, code))}


def test_a_measure_as_the_guide_has_it_raises_nothing():
    judged = judge(glucose(112), NOW)
    assert judged.issues == ()
    assert judged.facts is not None
    assert (judged.facts.measure, judged.facts.value, judged.facts.unit) == ("glucose_blood", 112.0, "mg/dL")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "entered-in-error"}, "status_refused"),
        ({"status": "registered"}, "status_refused"),
        ({"status": "done"}, "status_unknown"),
        ({"status": None}, "structure_invalid"),
        ({"resourceType": "Patient"}, "structure_invalid"),
        ({"resourceType": None}, "structure_invalid"),
        ({"code": None}, "structure_invalid"),
        ({"code": {"text": "glycémie"}}, "code_missing"),
        ({"code": coded((LOINC, "1234-5"))}, "code_unknown"),
        ({"code": coded(("urn:other", "2345-7"))}, "code_unknown"),
        ({"code": coded((LOINC, "2345-7"), (LOINC, "29463-7"))}, "codes_disagree"),
        ({"code": coded((LOINC, "39156-5")), "valueQuantity": quantity(23, "kg/m2")}, "measure_computed"),
        ({"code": coded((LOINC, "8480-6")), "valueQuantity": quantity(120, "mm[Hg]")}, "measure_in_panel"),
        ({"category": category("imaging")}, "category_refused"),
        ({"modifierExtension": [{"url": "urn:x"}]}, "modifier_unknown"),
        ({"implicitRules": "urn:x"}, "implicit_rules"),
        ({"focus": [{"reference": "Patient/x"}]}, "focus"),
        ({"valueQuantity": None}, "value_missing"),
        ({"valueQuantity": None, "valueString": "bon"}, "value_kind"),
        ({"valueInteger": 3}, "value_kind"),
        ({"component": [{"code": coded((LOINC, "8480-6"))}]}, "component_unexpected"),
        ({"effectiveDateTime": None}, "effective_missing"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-03-01"}}, "effective_kind"),
        ({"effectiveDateTime": "hier"}, "effective_invalid"),
        ({"effectiveDateTime": "2026-02-30"}, "effective_invalid"),
        ({"effectiveDateTime": "2026-03-01T08:15+01:00"}, "effective_invalid"),
        ({"effectiveDateTime": "2026-03"}, "effective_vague"),
        ({"effectiveDateTime": "2026"}, "effective_vague"),
        ({"effectiveDateTime": "2026-03-01T08:15:00"}, "effective_zone"),
        ({"effectiveDateTime": "1899-12-30"}, "effective_too_old"),
        ({"effectiveDateTime": "2026-03-03"}, "effective_future"),
        ({"issued": "2026-03-01"}, "issued_invalid"),
        ({"identifier": [{"value": "a"}]}, "identifier_system"),
        ({"identifier": [{"system": "urn:x", "value": "a" * 256}]}, "identifier_long"),
        ({"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "narrative_unsafe"),
        ({"text": {"status": "generated", "div": "<div onclick='x()'>a</div>"}}, "narrative_unsafe"),
        ({"text": {"status": "generated", "div": "<p>a</p>"}}, "narrative_unsafe"),
        ({"valueQuantity": quantity(112, system="http://example.org")}, "unit_system"),
        ({"valueQuantity": {"value": 112, "unit": "mg/dL"}}, "unit_system"),
        ({"valueQuantity": {"value": 112, "system": UCUM}}, "unit_missing"),
        ({"valueQuantity": quantity(112, "kg")}, "unit_refused"),
        ({"valueQuantity": quantity("112")}, "value_not_number"),
        ({"valueQuantity": quantity(True)}, "value_not_number"),
        ({"valueQuantity": quantity(None)}, "value_not_number"),
        ({"valueQuantity": quantity(Decimal("1E+400"))}, "value_not_number"),
        ({"valueQuantity": quantity(Decimal("1E-400"))}, "value_not_number"),
        ({"valueQuantity": quantity(Decimal("112.000000000000000001"))}, "value_not_number"),
        ({"valueQuantity": quantity(112, comparator="~")}, "comparator_unknown"),
        ({"valueQuantity": quantity(9)}, "value_impossible"),
        ({"valueQuantity": quantity(1001)}, "value_impossible"),
        ({"valueQuantity": quantity(-5)}, "value_impossible"),
        ({"valueQuantity": quantity(56, "mmol/L")}, "value_impossible"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_own_code(changes, code):
    raw = {name: value for name, value in (glucose(112) | changes).items() if value is not None}
    assert errors(raw) == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": None}, "category_missing"),
        ({"category": [{"text": "constantes"}]}, "category_missing"),
        ({"extension": None}, "moment_missing"),
        ({"extension": [extension(MOMENT, "8888-8")]}, "moment_unknown"),
        ({"valueQuantity": quantity(39)}, "value_unusual"),
        ({"valueQuantity": quantity(401)}, "value_unusual"),
        ({"valueQuantity": quantity(5.6, "mmol/L") | {"value": Decimal("5.6")}}, "unit_unlike_code"),
    ],
)
def test_what_is_only_noticed_is_kept(changes, code):
    raw = {name: value for name, value in (glucose(112) | changes).items() if value is not None}
    assert errors(raw) == []
    assert warnings(raw) == [code]


@pytest.mark.parametrize("value", [40, 400, 112])
def test_the_plausible_bounds_are_inside(value):
    assert judge(glucose(value), NOW).issues == ()


@pytest.mark.parametrize("value", [10, 1000])
def test_the_hard_bounds_are_inside(value):
    assert errors(glucose(value)) == []


def test_laboratory_is_a_category_of_what_a_laboratory_measures_only():
    assert errors(glucose(112, category=category("laboratory"))) == []
    weight = glucose(71, "kg", "29463-7", category=category("laboratory"))
    assert errors(weight) == ["category_refused"]


def test_other_categories_may_stand_beside_ours():
    judged = judge(glucose(112, category=category("vital-signs") + category("x", "urn:other")), NOW)
    assert judged.facts is not None
    assert judged.facts.categories == ("vital-signs",)


def test_a_device_may_be_ten_minutes_ahead_and_no_more():
    ahead = (NOW + timedelta(minutes=10)).isoformat()
    assert errors(glucose(effectiveDateTime=ahead)) == []
    assert errors(glucose(effectiveDateTime=(NOW + timedelta(minutes=10, seconds=1)).isoformat())) == [
        "effective_future"
    ]


def test_the_day_of_today_is_not_the_future():
    assert errors(glucose(effectiveDateTime="2026-03-02")) == []


def test_a_pressure_has_two_components():
    judged = judge(pressure(128, 79), NOW)
    assert judged.issues == ()
    assert judged.facts is not None
    assert (judged.facts.value, judged.facts.second, judged.facts.unit) == (128, 79, "mm[Hg]")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (pressure(79, 128), "pressure_inverted"),
        (pressure(80, 80), "pressure_inverted"),
        (pressure(301, 80), "value_impossible"),
        (pressure(120, "80"), "value_not_number"),
        (pressure(component=None) | {"component": pressure()["component"][:1]}, "component_missing"),
        (pressure() | {"component": pressure()["component"] * 2}, "component_repeated"),
        (pressure() | {"valueQuantity": quantity(120, "mm[Hg]")}, "panel_value"),
        ({k: v for k, v in pressure().items() if k != "component"}, "component_missing"),
        (
            pressure() | {"component": [*pressure()["component"], {"code": coded((LOINC, "8867-4"))}]},
            "component_unknown",
        ),
    ],
)
def test_a_pressure_that_makes_no_sense_is_refused(raw, code):
    assert code in errors(raw)


def test_the_moment_belongs_to_blood_and_the_days_to_averages():
    sensor = glucose(112, code="99504-3")
    assert judge(sensor, NOW).issues == ()
    assert warnings(sensor | {"extension": [extension(MOMENT, "53049-3")]}) == ["moment_unexpected"]
    cisis = "https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis"
    average = glucose(7, "%", "MED-972") | {"code": coded((cisis, "MED-972"))}
    assert warnings(average) == ["days_missing"]
    assert warnings(average | {"extension": [extension(DAYS, "GEN-276", cisis)]}) == []


def test_a_moment_that_comes_twice_is_refused():
    assert errors(glucose(extension=[extension(MOMENT, "53049-3")] * 2)) == ["moment_repeated"]


@pytest.mark.parametrize(
    "url",
    [
        "http://esante.gouv.fr/ci-sis/fhir/StructureDefinition/ENS_MomentOfMeasurement",
        "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mes-moment-of-measurement",
    ],
)
def test_former_addresses_of_the_moment_are_known(url):
    alias = "https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc"
    assert judge(glucose(extension=[extension(url, "16915-1", alias)]), NOW).issues == ()


@pytest.mark.parametrize(
    ("raw", "expression"),
    [
        (glucose(valueQuantity=[1]), "Observation.valueQuantity"),
        (glucose(category=[{"coding": [{"code": 3}]}]), "Observation.category[0].coding[0].code"),
        (glucose(identifier=[{"system": 1}]), "Observation.identifier[0].system"),
        (glucose(extension=[{"valueString": "x"}]), "Observation.extension[0]"),
    ],
)
def test_a_wrong_type_is_told_with_its_place(raw, expression):
    [issue] = judge(raw, NOW).issues
    assert (issue.code, issue.expression) == ("structure_invalid", expression)


def test_every_reason_is_told_at_once():
    raw = glucose(5000, status="done", effectiveDateTime="2030-01-01")
    assert errors(raw) == ["status_unknown", "value_impossible", "effective_future"]


def test_the_first_whole_identifier_is_the_one_that_counts():
    raw = glucose(
        identifier=[{"system": "urn:x"}, {"system": "urn:y", "value": "1"}, {"system": "urn:z", "value": "2"}]
    )
    judged = judge(raw, NOW)
    assert judged.facts is not None
    assert judged.facts.identifier == ("urn:y", "1")
    named = judge(identified("m"), NOW)
    assert named.facts is not None
    assert named.facts.identifier == ("urn:example:readings", "m")


def test_a_day_is_the_whole_day_in_paris():
    judged = judge(glucose(effectiveDateTime="2026-03-01"), NOW)
    assert judged.facts is not None
    assert judged.facts.begins.isoformat() == "2026-02-28T23:00:00+00:00"
    assert judged.facts.ends - judged.facts.begins == timedelta(days=1)


def test_a_plain_narrative_is_kept():
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>112 <b>mg/dL</b></p></div>'}
    assert judge(glucose(text=text), NOW).issues == ()
