"""GET Patient/{id}: what `patient` and `fhirUser` lead to, named only where that was agreed."""

import pytest

from consent import journal, journal_words
from idp.accounts import store
from tests.idp.answers import register
from tests.party import claims_of, code_of, party, reply

READS = {"consent": ["measures:read"], "duration": "P3M"}


@pytest.fixture
async def browser(house):
    return await house.sign_in("gabrielle")


async def patient(house, access_token, name):
    headers = {"authorization": f"Bearer {access_token}"}
    return reply(await house.client.get(f"/dossier/fhir/Patient/{name}", headers=headers))


async def known(house):
    """Gabrielle's identifier, which never leaves the house."""
    found = await house.database.read(lambda db: store.by_identifier(db, house.person("gabrielle")["identifier"]))
    return found.person_id


async def test_the_app_s_patient_is_the_one_that_fhir_user_names(house, browser):
    held = await party(house).obtain(browser, scope="openid profile fhirUser", choices={"scope": ["profile"]})
    address = claims_of(held["id_token"])["fhirUser"]
    answer = await house.client.get(address, headers={"authorization": f"Bearer {held['access_token']}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert address.endswith(f"/Patient/{said['id']}")
    assert said.pop("meta").keys() == {"lastUpdated"}
    told = (await party(house).userinfo(held["access_token"])).body
    assert said == {
        "resourceType": "Patient",
        "id": told["sub"],
        "name": [{"use": "official", "family": "Capanelli", "given": told["given_name"].split()}],
        "gender": "female",
        "birthDate": told["birthdate"],
    }


async def test_without_that_agreement_it_has_no_name(house, browser):
    scope = "openid profile launch/patient patient/Observation.rs"
    held = await party(house).obtain(browser, scope=scope, choices={**READS, "scope": []})
    said = await patient(house, held["access_token"], held["patient"])
    assert said.body == {"resourceType": "Patient", "id": held["patient"]}


async def test_the_history_tells_the_person(house, browser):
    held = await party(house).obtain(browser, scope="openid launch/patient")
    await patient(house, held["access_token"], held["patient"])
    person = await known(house)
    lines = await house.database.read(lambda db: journal.page(db, person, limit=1))
    assert journal_words.sentence(lines[0].entry) == "Banc d’essai a lu 1 fiche d’identité."


async def test_nothing_is_there_under_another_name_the_person_s_for_another_app_included(house, browser):
    held = await party(house).obtain(browser, scope="openid fhirUser launch/patient")
    other = await party(house, "mobile").obtain(browser, scope="openid fhirUser launch/patient")
    for name in (other["patient"], await known(house), "x"):
        answer = await patient(house, held["access_token"], name)
        assert answer.status == 404
        assert code_of(answer) == "not_found"


async def test_a_token_that_does_not_say_so_reads_no_patient(house, browser):
    held = await party(house).obtain(browser, scope="openid profile", choices={"scope": ["profile"]})
    answer = await patient(house, held["access_token"], claims_of(held["id_token"])["sub"])
    assert answer.status == 403
    assert code_of(answer) == "insufficient_scope"
    machine = await party(house).token(grant_type="client_credentials")
    assert (await patient(house, machine["access_token"], "bench")).status == 403


async def test_a_stopped_link_reads_nothing(house, browser):
    held = await party(house).obtain(browser, scope="openid fhirUser launch/patient offline_access")
    await party(house).post("/revoke", token=held["refresh_token"])
    assert (await patient(house, held["access_token"], held["patient"])).status == 401


async def test_it_is_read_and_nothing_more(house, browser):
    held = await party(house).obtain(browser, scope="openid fhirUser launch/patient")
    headers = {"authorization": f"Bearer {held['access_token']}"}
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        answer = await house.client.request(method, f"/dossier/fhir/Patient/{held['patient']}", headers=headers)
        assert answer.status_code == 405
    assert (await house.client.get("/dossier/fhir/Patient", headers=headers)).status_code == 404


async def test_one_name_for_all_public_apps_and_one_each_for_the_others(house, browser):
    names = []
    for _ in range(2):
        held = await party(house).obtain(browser, scope="openid fhirUser launch/patient")
        assert (await patient(house, held["access_token"], held["patient"])).status == 200
        names.append(held["patient"])
        await register(house, options={"subject_type": "public"})
    assert len(set(names)) == 2
