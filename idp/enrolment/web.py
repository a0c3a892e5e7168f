"""The addresses of an activation, in the order in which a person meets them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.enrolment.pages import account, address, children, decide, identify, terms
from idp.scene import Scene

Page = Callable[[Scene, Request], Awaitable[Response]]


def routes(scene: Scene) -> list[Route]:
    """`/activation` and what follows."""

    def at(path: str, show: Page, take: Page | None = None) -> Route:
        async def activation(request: Request) -> Response:
            return await (take if take and request.method == "POST" else show)(scene, request)

        return Route(path, activation, methods=["GET", "POST"] if take else ["GET"])

    return [
        at("/activation", identify.show, identify.take),
        at("/activation/decision", decide.show, decide.take),
        at("/activation/refus", decide.objected),
        at("/activation/compte", account.show, account.take),
        at("/activation/adresse", address.show, address.take),
        at("/activation/enfants", children.show, children.take),
        at("/activation/conditions", terms.show),
    ]
