"""The addresses of signing in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.login.pages import code, password
from idp.scene import Scene


def routes(scene: Scene) -> list[Route]:
    """`/signin`, `/signin/code` and `/signin/code/send`."""

    async def signin(request: Request) -> Response:
        return await (password.take if request.method == "POST" else password.show)(scene, request)

    async def signin_code(request: Request) -> Response:
        return await (code.take if request.method == "POST" else code.show)(scene, request)

    async def signin_code_send(request: Request) -> Response:
        return await code.send(scene, request)

    return [
        Route("/signin", signin, methods=["GET", "POST"]),
        Route("/signin/code", signin_code, methods=["GET", "POST"]),
        Route("/signin/code/send", signin_code_send, methods=["POST"]),
    ]
