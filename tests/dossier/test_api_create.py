"""Creating measures: what is answered, what is kept, by whom, and only once."""

import asyncio

import pytest

from dossier.fhir.systems import CANONICAL, CLIENTS, TAGS, UNUSUAL
from dossier.finding import count
from dossier.search import Search
from tests.dossier.world import BASE, codes, glucose, identified, pressure


async def test_a_measure_is_created_and_read_back_as_it_was_sent(app):
    made = await app.add(glucose(112))
    assert made.status_code == 201
    said = made.json()
    assert made.headers["location"] == f"{BASE}/Observation/{said['id']}/_history/1"
    assert made.headers["etag"] == 'W/"1"'
    assert made.headers["content-type"] == "application/fhir+json; charset=utf-8"
    read = (await app.get(f"/fhir/Observation/{said['id']}")).json()
    assert read == said
    for name, value in glucose(112).items():
        assert read[name] == value
    assert (await app.get(made.headers["location"])).json() == said


async def test_digits_and_unknown_elements_survive(app):
    body = b"""{"resourceType":"Observation","status":"final","effectiveDateTime":"2026-03-01",
        "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Poids \xc3\xa0 jeun"},
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
        "note":[{"text":"apr\xc3\xa8s le sport"}],"method":{"text":"balance"},
        "valueQuantity":{"value":71.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}"""
    made = await app.add(body)
    assert made.status_code == 201
    assert b'"value":71.50' in made.content
    assert made.json()["note"] == [{"text": "après le sport"}]
    assert made.json()["code"]["text"] == "Poids à jeun"


@pytest.mark.rule("R161")
async def test_the_source_is_the_application_and_cannot_be_forged(app):
    forged = glucose(
        id="chosen",
        meta={"source": "urn:espace:client:laboratory", "versionId": "7", "profile": ["https://example.org/p"]},
        performer=[{"reference": "Practitioner/1", "display": "Docteur Vrai"}],
    )
    said = (await app.add(forged)).json()
    assert said["id"] != "chosen"
    assert said["meta"]["source"] == "urn:espace:client:glucolink"
    assert said["meta"]["versionId"] == "1"
    assert said["meta"]["profile"] == ["https://example.org/p"]
    assert said["performer"] == [
        {"type": "Organization", "identifier": {"system": CLIENTS, "value": "glucolink"}, "display": "GlucoLink"}
    ]
    assert "Docteur" not in (await app.get(f"/fhir/Observation/{said['id']}")).text


@pytest.mark.rule("R161")
async def test_each_reader_sees_which_application_sent_each_measure(app):
    await app.add(glucose(112))
    await app.other(client_id="tensio").add(pressure())
    found = (await app.get("/fhir/Observation")).json()
    assert {e["resource"]["performer"][0]["display"] for e in found["entry"]} == {"GlucoLink", "Tensio"}


async def test_a_value_in_another_unit_keeps_its_unit_and_gains_the_usual_one(app):
    said = (await app.add(glucose(5.6, "mmol/L", "15074-8"))).json()
    assert said["valueQuantity"]["value"] == 5.6
    [extra] = [one for one in said["extension"] if one["url"] == CANONICAL]
    assert extra["valueQuantity"]["value"] == pytest.approx(100.9019)
    assert extra["valueQuantity"]["code"] == "mg/dL"


async def test_an_unusual_value_is_kept_and_marked(app):
    made = await app.add(glucose(450))
    assert made.status_code == 201
    assert {"system": TAGS, "code": UNUSUAL, "display": "Valeur inhabituelle"} in made.json()["meta"]["tag"]
    made = await app.add(glucose(450), prefer="return=OperationOutcome")
    assert made.status_code == 201
    assert codes(made.json(), "warning") == ["value_unusual"]


async def test_an_impossible_value_and_a_computed_index_are_refused(app):
    refused = await app.add(glucose(1200))
    assert (refused.status_code, codes(refused.json())) == (422, ["value_impossible"])
    assert refused.json()["issue"][0]["expression"] == ["Observation.valueQuantity.value"]
    refused = await app.add(glucose(23.4, "kg/m2", "39156-5"))
    assert (refused.status_code, codes(refused.json())) == (422, ["measure_computed"])


async def test_what_is_returned_can_be_chosen(app):
    assert (await app.add(glucose(), prefer="return=minimal")).content == b""
    assert (await app.add(glucose(), prefer="return=representation")).json()["resourceType"] == "Observation"
    assert (await app.add(glucose(), prefer="return=OperationOutcome")).json()["resourceType"] == "OperationOutcome"


async def test_the_same_identifier_again_is_the_first_measure(app, access):
    first = await app.add(identified("a"))
    again = await app.add(identified("a", value=300))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert [(t.count, t.known) for t in access.traces] == [(1, 0), (0, 1)]


async def test_the_same_identifier_of_another_person_or_application_is_another_measure(app):
    statuses = [
        (await one.add(identified("a"))).status_code
        for one in (app, app.other(subject="inaya"), app.other(client_id="tensio"))
    ]
    assert statuses == [201, 201, 201]


async def test_fifty_creations_at_once_make_one_measure(app, database):
    answers = await asyncio.gather(*(app.add(identified("once")) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await database.read(lambda db: count(db, "per_gabrielle", Search())) == 1


async def test_if_none_exist_must_be_the_resources_own_identifier(app):
    condition = "identifier=urn:example:readings|a"
    assert (await app.add(identified("a"), if_none_exist=condition)).status_code == 201
    assert (await app.add(identified("a"), if_none_exist=condition)).status_code == 200
    for other in ("identifier=urn:example:readings|b", "identifier=a", "code=2345-7", "identifier=a|b&status=final"):
        refused = await app.add(identified("a"), if_none_exist=other)
        assert (refused.status_code, codes(refused.json())) == (412, ["condition_unsupported"])
    assert (await app.add(glucose(), if_none_exist=condition)).status_code == 412


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/gabrielle-for-glucolink"},
        {"reference": f"{BASE}/Patient/gabrielle-for-glucolink"},
        {"identifier": {"system": "urn:x", "value": "gabrielle-for-glucolink"}},
        {"display": "moi"},
        None,
    ],
)
async def test_the_subject_is_the_person_of_the_token(app, subject):
    made = await app.add(glucose(subject=subject))
    assert made.status_code == 201
    assert made.json()["subject"] == {"reference": "Patient/gabrielle-for-glucolink"}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/inaya-for-glucolink"},
        {"reference": "Patient/gabrielle-for-tensio"},
        {"reference": "urn:uuid:0"},
        {"reference": "https://elsewhere.example/Patient/gabrielle-for-glucolink"},
        {"identifier": {"value": "inaya-for-glucolink"}},
        {"reference": "Patient/gabrielle-for-glucolink", "identifier": {"value": "inaya-for-glucolink"}},
    ],
)
async def test_another_subject_is_refused(app, subject):
    refused = await app.add(glucose(subject=subject))
    assert (refused.status_code, codes(refused.json())) == (403, ["patient_mismatch"])


async def test_a_measure_before_birth_is_refused(app):
    refused = await app.add(glucose(effectiveDateTime="1979-03-11"))
    assert (refused.status_code, codes(refused.json())) == (422, ["effective_before_birth"])
    assert (await app.add(glucose(effectiveDateTime="1979-03-12"))).status_code == 201


async def test_a_missing_category_is_given(app):
    said = (await app.add(glucose(category=None))).json()
    assert said["category"][0]["coding"][0]["code"] == "vital-signs"


async def test_an_unknown_device_is_refused_and_a_described_one_is_kept(app):
    refused = await app.add(glucose(device={"reference": "Device/unknown"}))
    assert (refused.status_code, codes(refused.json())) == (422, ["device_unknown"])
    said = (await app.add(glucose(device={"display": "Contour Next"}))).json()
    assert said["device"] == {"display": "Contour Next"}
