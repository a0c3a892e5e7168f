"""The tables: every row is usable, and the glucose codes of every guide are known."""

from decimal import Decimal

import pytest

from dossier.catalogue import CATALOGUE, LOINC, spelled


def test_every_measure_has_a_code_and_its_own_unit():
    assert len(CATALOGUE.measures) == 22
    for measure in CATALOGUE.measures.values():
        assert measure.codes, measure.key
        assert measure.canonical(Decimal(7), measure.ucum) == 7
        assert measure.units[0] == measure.ucum
        assert "vital-signs" in measure.categories


def test_bounds_are_nested():
    for measure in CATALOGUE.measures.values():
        if measure.bounds is None:
            assert measure.kind == "panel"
            continue
        (low, high), (floor, ceiling) = measure.bounds.plausible, measure.bounds.hard
        assert floor <= low < high <= ceiling, measure.key


def test_no_code_names_two_measures():
    pairs = [(code.system, code.code) for m in CATALOGUE.measures.values() for code in m.codes]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("code", ["15074-8", "2339-0", "2345-7", "41653-7", "14743-9", "14749-6"])
def test_blood_glucose_is_known_by_every_usual_code(code):
    assert CATALOGUE.keys_of(None, code) == {"glucose_blood"}
    assert CATALOGUE.keys_of(LOINC, code) == {"glucose_blood"}


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (LOINC, "14745-4"),
        (LOINC, "99504-3"),
        (LOINC, "105272-9"),
        ("https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc", "99504-3"),
        ("https://mos.esante.gouv.fr/NOS/TRE_R308-TAASIP/FHIR/TRE-R308-TAASIP", "MED-969"),
        ("https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis", "MED-969"),
        ("https://mos.esante.gouv.fr/NOS/TRE_R307-NCIT/FHIR/TRE-R307-NCIT", "C159776"),
    ],
)
def test_interstitial_glucose_is_known_by_every_usual_code_and_alias(system, code):
    assert CATALOGUE.keys_of(system, code) == {"glucose_interstitial"}


@pytest.mark.parametrize(
    ("key", "value", "unit", "kept"),
    [
        ("glucose_blood", "5.6", "mmol/L", "100.90192"),
        ("glucose_blood", "5.6", "mmol/l", "100.90192"),
        ("glucose_blood", "1.02", "g/L", "102"),
        ("glucose_interstitial", "112", "mg/dl", "112"),
        ("body_weight", "71500", "g", "71.5"),
        ("body_height", "1.55", "m", "155"),
        ("heart_rate", "61", "{beats}/min", "61"),
        ("heart_rate", "61", "1/min", "61"),
        ("pain_severity", "3", "1", "3"),
        ("steps_24h", "8000", "{steps}/(24.h)", "8000"),
        ("body_temperature", "98.6", "[degF]", "37"),
        ("hba1c", "48", "mmol/mol", "6.542"),
    ],
)
def test_values_are_brought_to_the_usual_unit(key, value, unit, kept):
    assert CATALOGUE[key].canonical(Decimal(value), unit) == pytest.approx(Decimal(kept))


@pytest.mark.parametrize(("key", "unit"), [("glucose_blood", "mmol"), ("body_weight", "mg/dL"), ("body_height", "km")])
def test_a_unit_of_something_else_is_not_known(key, unit):
    assert CATALOGUE[key].canonical(Decimal(1), unit) is None


def test_spellings_of_one_unit_meet():
    assert spelled("mg/dl") == spelled("mg/dL")
    assert spelled("1/min") == spelled("{beats}/min") == "/min"
    assert spelled("mm[Hg]") == "mm[Hg]"
    assert spelled("mL/kg") == "mL/kg"
