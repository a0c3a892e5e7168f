"""The document of the addresses for programs names them all, and says the truth (OpenAPI 3.1)."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis.checks import not_a_server_error
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from service import doors, openapi
from tests.house import Home
from tests.negatives.doors import AGREED, MEASURES
from tests.party import party

TRUE = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 6
WAITS = ("POST /ssf/poll/{stream}",)
"""A poll with nothing to tell waits for something to tell."""


def routes(home: Home) -> list[Any]:
    return doors.routes(home.idp, home.consent, home.dossier, home.portal, home.operations)


async def test_every_address_for_programs_is_described_and_none_that_is_not_there(house: Home) -> None:
    every = routes(house)
    assert openapi.undescribed(every) == []
    assert openapi.unserved(every) == []


async def test_a_new_address_without_its_words_is_noticed(house: Home) -> None:
    async def nothing(_: Any) -> Any: ...

    new = Route("/something", nothing, methods=["POST"])
    assert openapi.undescribed([*routes(house), new]) == ["POST /something"]


async def test_the_document_is_for_every_origin_and_refers_to_itself_alone(house: Home) -> None:
    answer = await house.client.get("/openapi.json", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": house.issuer}]
    for reference in _references(document):
        _, kind, name = reference.removeprefix("#/").split("/")
        assert name in document["components"][kind], reference


async def test_every_endpoint_of_the_metadata_is_in_it(house: Home) -> None:
    document = (await house.client.get("/openapi.json")).json()
    told = (await house.client.get("/.well-known/openid-configuration")).json()
    told |= (await house.client.get("/.well-known/ssf-configuration")).json()
    for name, address in told.items():
        if name.endswith(("_endpoint", "jwks_uri")):
            assert address.removeprefix(house.issuer) in document["paths"], name


@pytest.mark.parametrize("proven", [False, True], ids=["stranger", "known"])
async def test_whatever_is_sent_the_answer_is_one_that_was_told(house: Home, proven: bool) -> None:
    """Requests made from the document, at each address: no error of ours, no status or type that it does not name."""
    schema = schemathesis.openapi.from_dict((await house.client.get("/openapi.json")).json())
    bench = party(house)
    wanted = {"scope": MEASURES, "choices": AGREED}
    token = str((await bench.obtain(await house.sign_in("gabrielle"), **wanted))["access_token"]) if proven else ""
    wrong: list[str] = []
    seen: set[tuple[str, int]] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.label in WAITS:
            continue
        for case in _cases(operation):
            house.clock.advance(timedelta(milliseconds=1))  # throttles begin anew
            request = _request(house, case, token, bench.proof()[1] if proven else None)
            response = await house.client.send(request)
            seen.add((operation.label, response.status_code))
            try:
                case.validate_response(response, checks=TRUE)
            except BaseExceptionGroup as failures:
                wrong.extend(f"{operation.label}: {response.status_code} {one}" for one in failures.exceptions)
            except AssertionError as failure:
                wrong.append(f"{operation.label}: {response.status_code} {failure}")
    assert not wrong, "\n\n".join(wrong)
    assert ("GET /userinfo", 200 if proven else 401) in seen
    assert ("POST /par", 400 if proven else 401) in seen


def _cases(operation: Any) -> list[Case]:
    """The same requests each time."""
    made: list[Case] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(some.data())
    def draw(data: Any) -> None:
        made.append(data.draw(operation.as_strategy()))

    draw()
    return made


def _request(home: Home, case: Case, token: str, basic: tuple[str, str] | None) -> httpx2.Request:
    """As the case says, with the proof that the address asks for."""
    said = case.as_transport_kwargs(base_url=home.issuer)
    headers = {name: value for name, value in said["headers"].items() if name.lower() != "authorization"}
    body = {"json": said["json"]} if "json" in said else {"data": said["data"]} if said.get("data") else {}
    asked = case.operation.definition.raw.get("security", [])
    if token and {"bearer": []} in asked:
        headers["authorization"] = f"Bearer {token}"
    auth = httpx2.BasicAuth(*basic) if basic and {"basic": []} in asked else None
    request = home.client.build_request(said["method"], said["url"], params=said.get("params"), headers=headers, **body)
    return next(auth.auth_flow(request)) if auth else request


def _references(value: Any) -> list[str]:
    return [part.split('"')[0] for part in json.dumps(value).split('"$ref": "')[1:]]
