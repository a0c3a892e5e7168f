"""The manners of the API: types, methods, addresses, sizes; every refusal is an OperationOutcome."""

import json

from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dossier.world import BASE, codes, glucose, transaction

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = sorted(
    {*glucose(), "meta", "id", "identifier", "subject", "performer", "device", "component", "text", "issued", "note"}
)

ACCEPTED = [
    ("application/fhir+json", 200, "application/fhir+json"),
    ("application/json", 200, "application/json"),
    ("*/*", 200, "application/fhir+json"),
    ("", 200, "application/fhir+json"),
    ("application/fhir+xml, application/fhir+json;q=0.5", 200, "application/fhir+json"),
    ("application/fhir+json; fhirVersion=4.0", 200, "application/fhir+json"),
    ("text/html,application/xhtml+xml,*/*;q=0.8", 200, "application/fhir+json"),
    ("application/fhir+xml", 406, "application/fhir+json"),
    ("application/fhir+json; fhirVersion=5.0", 406, "application/fhir+json"),
    ("application/fhir+json;q=0", 406, "application/fhir+json"),
]


async def test_only_json_is_answered(app):
    for accept, status, media in ACCEPTED:
        answer = await app.get("/fhir/Observation", accept=accept)
        assert answer.status_code == status
        assert answer.headers["content-type"].partition(";")[0] == media


async def test_the_format_parameter_wins_over_the_header(app):
    assert (await app.get("/fhir/Observation?_format=json", accept="text/html")).status_code == 200
    assert (await app.get("/fhir/Observation?_format=application/fhir+json")).status_code == 200
    assert (await app.get("/fhir/Observation?_format=xml")).status_code == 406


SENT = [
    ("application/fhir+json", 201),
    ("application/json", 201),
    ("application/fhir+json; charset=utf-8", 201),
    ("application/fhir+json; fhirVersion=4.0", 201),
    ("application/fhir+json; fhirVersion=3.0", 415),
    ("application/fhir+xml", 415),
    ("text/plain", 415),
    ("", 415),
]


async def test_only_json_is_taken(app):
    for sent, status in SENT:
        answer = await app.add(glucose(), content_type=sent)
        assert answer.status_code == status
        if status == 415:
            assert codes(answer.json()) == ["unsupported_media_type"]


METHODS = [
    ("PUT", "/fhir/Observation/obs-1", "GET"),
    ("DELETE", "/fhir/Observation/obs-1", "GET"),
    ("PATCH", "/fhir/Observation/obs-1", "GET"),
    ("DELETE", "/fhir/Observation", "GET, POST"),
    ("GET", "/fhir", "POST"),
    ("GET", "/fhir/Observation/_search", "POST"),
]


async def test_other_methods_are_refused_with_those_that_are_allowed(app):
    for method, path, allowed in METHODS:
        refused = await app.call(method, path)
        assert (refused.status_code, codes(refused.json())) == (405, ["method_not_allowed"])
        assert refused.headers["allow"] == allowed


NOWHERE = ["/fhir/Practitioner/1", "/fhir/Observation/a/b/c", "/fhir/$everything", "/fhir/nothing"]


async def test_other_addresses_are_not_found_in_fhir(app):
    for path in NOWHERE:
        refused = await app.get(path)
        assert (refused.status_code, codes(refused.json())) == (404, ["not_supported"])


async def test_the_base_answers_with_and_without_its_slash(app):
    for path in ("/fhir", "/fhir/"):
        assert (await app.call("POST", path, {"resourceType": "Bundle", "type": "batch"})).status_code == 200


async def test_a_body_that_is_too_large_is_refused(app):
    refused = await app.add(b" " * 4_300_000)
    assert (refused.status_code, codes(refused.json())) == (413, ["too_large"])


async def test_nothing_personal_is_kept_by_caches(app):
    assert (await app.add(glucose())).headers["cache-control"] == "no-store"
    assert (await app.get("/fhir/Observation")).headers["cache-control"] == "no-store"


async def test_what_the_server_can_do_is_public_and_true(app):
    answer = await app.http.get("/fhir/metadata")
    assert answer.status_code == 200
    statement = CapabilityStatement.model_validate(answer.json() | {"fhirVersion": "4.3.0"})
    assert answer.json()["fhirVersion"] == "4.0.1"
    assert answer.json()["implementation"]["url"] == BASE
    for parameter in statement.rest[0].resource[0].searchParam:
        value = {"date": "2026", "token": "a", "reference": "gabrielle-for-glucolink"}[parameter.type]
        assert (
            await app.get(f"/fhir/Observation?{parameter.name}={value}", prefer="handling=strict")
        ).status_code == 200
    assert (await app.http.get("/fhir/metadata?_format=xml")).status_code == 406


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(body=st.binary(max_size=300))
async def test_no_body_is_answered_with_a_failure(app, body):
    for path in ("/fhir", "/fhir/Observation"):
        answer = await app.call("POST", path, body)
        assert 400 <= answer.status_code < 500
        assert answer.json()["resourceType"] == "OperationOutcome"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    name=st.sampled_from(
        ["code", "date", "_count", "_sort", "_cursor", "identifier", "category", "_id", "_lastUpdated", "patient"]
    ),
    value=st.text(max_size=40),
)
async def test_no_parameter_is_answered_with_a_failure(app, name, value):
    answer = await app.http.get(
        "/fhir/Observation", params={name: value}, headers={"authorization": f"Bearer {app.token()}"}
    )
    assert answer.status_code in (200, 400, 403)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(name=st.sampled_from(ELEMENTS), value=VALUES)
async def test_no_element_is_answered_with_a_failure(app, name, value):
    body = glucose() | {name: value}
    for path, sent in (("/fhir/Observation", body), ("/fhir", transaction(body))):
        answer = await app.call("POST", path, json.dumps(sent))
        assert answer.status_code < 500, answer.text
