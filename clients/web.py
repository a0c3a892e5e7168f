"""The catalogue for everyone: a page for people, JSON for programs."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clients import catalogue
from kit.ground import Ground
from kit.http import json_response
from kit.problems import Refusal


def routes(ground: Ground) -> list[Route]:
    """GET /catalogue."""
    return [Route("/catalogue", _catalogue(ground), methods=["GET"])]


def _catalogue(ground: Ground) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        after, limit = request.query_params.get("after", ""), _limit(request)
        if len(after) > 100 or "\0" in after:
            raise Refusal("invalid_request", "after is the identifier of a client", status=400)
        found = await ground.database.read(lambda db: catalogue.page(db, after=after, limit=limit))
        if "text/html" in request.headers.get("accept", ""):
            return ground.pages.render(request, "catalogue.html", apps=found.apps, after=found.after, first=not after)
        body = {"apps": [catalogue.entry(client) for client in found.apps], "next": _next(ground, found.after, limit)}
        return json_response(body, headers={"cache-control": "public, max-age=60", "vary": "accept"})

    return answer


def _next(ground: Ground, after: str, limit: int) -> str | None:
    return f"{ground.issuer}/catalogue?after={after}&limit={limit}" if after else None


def _limit(request: Request) -> int:
    said = request.query_params.get("limit", str(catalogue.USUAL))
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= catalogue.MOST):
        raise Refusal("invalid_request", f"limit is a number from 1 to {catalogue.MOST}", status=400)
    return int(said)
