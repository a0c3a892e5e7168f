"""Who may: each refusal is distinct, bites at once, and every call leaves one entry in the history."""

from itertools import product

import pytest

from tests.dossier.world import codes, glucose, identified, transaction

REFUSALS = ("consent_missing", "consent_paused", "consent_ended", "consent_expired", "space_closed")
CALLS = (
    ("POST", "/fhir/Observation", glucose()),
    ("GET", "/fhir/Observation", None),
    ("GET", "/fhir/Observation/obs-1", None),
    ("GET", "/fhir/Device/dev-1", None),
    ("POST", "/fhir", transaction(glucose())),
)


@pytest.mark.rule("R156")
async def test_an_agreement_withdrawn_is_told_at_every_door(app, access):
    for code, (method, path, body) in product(REFUSALS, CALLS):
        access.refusal = code
        access.entries.clear()
        refused = await app.call(method, path, body)
        assert (refused.status_code, codes(refused.json())) == (403, [code]), path
        assert refused.headers["content-type"].startswith("application/fhir+json")
        assert [(trace.status, trace.refusal) for trace in access.traces] == [(403, code)]
        assert access.entries[0][1] is None


async def test_a_withdrawal_bites_on_the_next_call_and_what_came_stays(app, access):
    made = (await app.add(glucose())).json()
    access.refusal = "consent_ended"
    assert (await app.add(glucose())).status_code == 403
    access.refusal = ""
    assert (await app.get(f"/fhir/Observation/{made['id']}")).json() == made


@pytest.mark.rule("R158")
async def test_an_application_that_is_not_paired_is_told_so(app):
    refused = await app.other(client_id="stranger").get("/fhir/Observation")
    assert (refused.status_code, codes(refused.json())) == (403, ["pairing_required"])


@pytest.mark.rule("R162")
@pytest.mark.parametrize(
    ("scope", "adds", "reads", "searches"),
    [
        ("patient/Observation.c", 201, 403, 403),
        ("patient/Observation.rs", 403, 200, 200),
        ("patient/Observation.r", 403, 200, 403),
        ("patient/Observation.write", 201, 403, 403),
        ("openid", 403, 403, 403),
    ],
)
async def test_reading_and_adding_are_two_rights(app, scope, adds, reads, searches):
    made = (await app.add(identified("a"))).json()
    narrow = app.other(scope=scope)
    assert (await narrow.add(glucose())).status_code == adds
    assert (await narrow.get(f"/fhir/Observation/{made['id']}")).status_code == reads
    refused = await narrow.get("/fhir/Observation")
    assert refused.status_code == searches
    if searches == 403:
        assert codes(refused.json()) == ["insufficient_scope"]
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


@pytest.mark.rule("R105")
async def test_every_call_leaves_one_entry_carried_out_or_refused(app, access):
    made = (await app.add(identified("a"))).json()
    await app.add(glucose(5000))
    await app.add(b"{")
    await app.get("/fhir/Observation?code=2345-7")
    await app.get("/fhir/Observation?_sort=x")
    await app.get(f"/fhir/Observation/{made['id']}")
    await app.get("/fhir/Observation/none")
    await app.add(glucose(subject={"reference": "Patient/other"}))
    assert [(t.interaction, t.status, t.refusal, t.count) for t in access.traces] == [
        ("c", 201, "", 1),
        ("c", 422, "value_impossible", 0),
        ("c", 400, "json_invalid", 0),
        ("s", 200, "", 1),
        ("s", 400, "parameter_invalid", 0),
        ("r", 200, "", 1),
        ("r", 404, "not_found", 0),
        ("c", 403, "patient_mismatch", 0),
    ]
    assert access.traces[0].measures == ("glucose_blood",)
    assert {permit.person_id for _, permit, _ in access.entries if permit} == {"per_gabrielle"}


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Bearer x.y.z", "DPoP abc"])
async def test_without_a_valid_token_nothing_is_answered(app, access, header):
    for method, path, body in CALLS:
        refused = await app.call(method, path, body, authorization=header)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.json()["resourceType"] == "OperationOutcome"
    assert access.entries == []


@pytest.mark.parametrize(
    "changes", [{"aud": "http://localhost:8000/other"}, {"exp": 1}, {"iss": "https://elsewhere.example"}]
)
async def test_a_token_for_elsewhere_or_of_the_past_is_refused(app, changes):
    refused = await app.get("/fhir/Observation", authorization=f"Bearer {app.token(**changes)}")
    assert (refused.status_code, codes(refused.json())) == (401, ["invalid_token"])
