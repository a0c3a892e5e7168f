"""Requests find their endpoint, and what no endpoint answered is said properly."""

import httpx2
import pytest
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.problems import Refusal, problem_response
from service.switchboard import Switchboard


async def whole(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {request.url.path} {request.path_params} {request.app.state.word}")


async def refusing(request: Request) -> Response:
    raise Refusal("not_today", "come back tomorrow", status=409)


async def old_fashioned(request: Request) -> Response:
    raise HTTPException(418, "teapot")


def board(*routes: Route) -> Switchboard:
    made = Switchboard(routes, refused=lambda request, refusal: problem_response(refusal))
    made.state.word = "hello"
    return made


@pytest.fixture
def client() -> httpx2.AsyncClient:
    app = board(
        Route("/exact", whole),
        Route("/exact", whole, methods=["POST"]),
        Route("/with/{name}", whole),
        Route("/with/{name}", whole, methods=["DELETE"]),
        Route("/refusing", refusing),
        Route("/teapot", old_fashioned),
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here")


async def test_an_exact_address_is_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/exact")).text == "GET /exact {} hello"
    assert (await client.post("/exact")).text.startswith("POST")
    assert (await client.head("/exact")).status_code == 200


async def test_an_address_with_a_name_in_it_is_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/with/Lola")).text == "GET /with/Lola {'name': 'Lola'} hello"
    assert (await client.delete("/with/Lola")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/exact/", "/nowhere", "/with/", "/with/a/b"])
async def test_another_address_is_nothing_and_leads_nowhere(client: httpx2.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("path", "allow"), [("/exact", "GET, HEAD, POST"), ("/with/a", "DELETE, GET, HEAD")])
async def test_another_method_is_told_which_ones_answer(client: httpx2.AsyncClient, path: str, allow: str) -> None:
    reply = await client.put(path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allow)


async def test_a_refusal_is_said_with_its_code(client: httpx2.AsyncClient) -> None:
    reply = await client.get("/refusing")
    assert (reply.status_code, reply.json()["error"]) == (409, "not_today")
    assert (await client.get("/teapot")).status_code == 418


async def test_what_stands_around_an_endpoint_is_not_passed_by() -> None:
    class Guarded:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("no", 403)(scope, receive, send)

    app = board(Route("/exact", whole, middleware=[Middleware(Guarded)]))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here") as http:
        assert (await http.get("/exact")).status_code == 403


def test_two_endpoints_for_one_address_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two endpoints answer GET /exact"):
        board(Route("/exact", whole), Route("/exact", refusing))
