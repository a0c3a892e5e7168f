"""What no endpoint answered: a page for a person, a problem for a program, nothing of ours given away."""

from dataclasses import dataclass

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.doorman import Doorman
from kit.ground import Ground
from kit.problems import Refusal
from service.failures import Failures, wants_page
from service.switchboard import Switchboard

PERSON = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"accept": "application/json"}


@dataclass
class Trouble:
    refusal: Exception

    async def answer(self, request: Request) -> Response:
        raise self.refusal


@pytest.fixture
def trouble() -> Trouble:
    return Trouble(Refusal("teapot", "short and stout", status=418))


@pytest.fixture
def client(ground: Ground, trouble: Trouble) -> httpx2.AsyncClient:
    failures = Failures(ground)
    routes = [Route("/trouble", trouble.answer, methods=["GET", "POST"])]
    app = Doorman(Switchboard(routes, refused=failures.refused), secure=True, failed=failures.broken)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://here")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Cette demande n’a pas pu être lue"),
        (403, "Vous n’avez pas accès à cette page"),
        (404, "Cette page n’existe pas"),
        (409, "Cette demande n’a pas pu être lue"),
        (422, "Cette demande n’a pas pu être lue"),
        (503, "Quelque chose n’a pas fonctionné chez nous"),
    ],
)
async def test_a_person_reads_a_page(client: httpx2.AsyncClient, trouble: Trouble, status: int, words: str) -> None:
    trouble.refusal = Refusal("some_code", "for machines", status=status, detail="for the log")
    reply = await client.get("/trouble", headers=PERSON)
    assert reply.status_code == status
    assert words in reply.text
    assert reply.headers["x-request-id"] in reply.text
    assert "for machines" not in reply.text
    assert "for the log" not in reply.text


async def test_who_must_wait_is_told_how_long(client: httpx2.AsyncClient, trouble: Trouble) -> None:
    trouble.refusal = Refusal("too_many_requests", "wait", status=429, headers={"retry-after": "900"})
    reply = await client.get("/trouble", headers=PERSON)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "900")
    assert "15 minutes" in reply.text


async def test_a_program_reads_a_problem(client: httpx2.AsyncClient, trouble: Trouble) -> None:
    trouble.refusal = Refusal("some_code", "for machines", status=409, detail="for the log")
    reply = await client.get("/trouble", headers=PROGRAM)
    body = reply.json()
    assert (reply.status_code, body["code"], body["title"]) == (409, "some_code", "for machines")
    assert body["request_id"] == reply.headers["x-request-id"]
    assert "for the log" not in reply.text


@pytest.mark.parametrize("headers", [PERSON, PROGRAM])
async def test_an_error_of_ours_gives_nothing_away(
    client: httpx2.AsyncClient, trouble: Trouble, headers: dict[str, str]
) -> None:
    trouble.refusal = RuntimeError("the table idp_people has no column zz")
    reply = await client.get("/trouble", headers=headers)
    assert reply.status_code == 500
    assert "idp_people" not in reply.text
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "max-age" in reply.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (PERSON["accept"], True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("application/json, text/html", False),
    ],
)
def test_a_browser_is_told_from_a_program(accept: str, page: bool) -> None:
    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})
    assert wants_page(request) is page
