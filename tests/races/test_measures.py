"""A measure sent fifty times at once is kept once, and so is a Bundle."""

from typing import Any

import httpx2

from dossier.tables import observations
from tests.browser import Browser
from tests.house import Home
from tests.races.crowd import Crowd, statuses

SYSTEM = "https://reader.example.org/readings"


def glucose(number: int, value: float = 1.2) -> dict[str, Any]:
    """One reading of an interstitial sensor, as the guide has it."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"system": SYSTEM, "value": f"r-{number}"}],
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "14745-4"}]},
        "effectiveDateTime": f"2026-03-01T{number // 60:02}:{number % 60:02}:00+01:00",
        "valueQuantity": {"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
    }


def bundle(*numbers: int) -> dict[str, Any]:
    """A transaction that adds those readings."""
    entries = [{"resource": glucose(n), "request": {"method": "POST", "url": "Observation"}} for n in numbers]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def test_of_fifty_creates_of_the_same_measure_one_creates_it(crowd: Crowd, browser: Browser) -> None:
    tokens = await crowd.linked(browser)

    async def send(number: int, home: Home) -> httpx2.Response:
        return await _post(home, "/dossier/fhir/Observation", tokens["access_token"], glucose(1))

    replies = await crowd.together(send)
    assert statuses(replies) == {201: 1, 200: 49}
    assert len({one.json()["id"] for one in replies}) == 1
    assert await crowd.rows(observations, identifier_value="r-1") == 1
    assert await crowd.lines("create", client_id="bench") == 50
    assert await crowd.whole()


async def test_bundles_that_share_measures_in_any_order_keep_each_once(crowd: Crowd, browser: Browser) -> None:
    """Some ask for them in one order, some in the other: nobody waits for ever, and nothing is kept twice."""
    tokens = await crowd.linked(browser)

    async def send(number: int, home: Home) -> httpx2.Response:
        numbers = range(number % 7, number % 7 + 20)
        body = bundle(*(numbers if number % 2 else reversed(numbers)))
        return await _post(home, "/dossier/fhir", tokens["access_token"], body)

    replies = await crowd.together(send, 24)
    assert statuses(replies) == {200: 24}
    said = [entry["response"]["status"][:3] for one in replies for entry in one.json()["entry"]]
    assert said.count("201") == 26
    assert await crowd.rows(observations, identifier_system=SYSTEM) == 26
    assert await crowd.whole()


async def _post(home: Home, path: str, token: str, body: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
    return await home.client.post(path, json=body, headers=headers)
