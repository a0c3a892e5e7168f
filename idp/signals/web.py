"""The addresses of the Shared Signals transmitter."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.scene import Scene
from idp.signals import configuration, manage, metadata
from idp.signals.poll import Polls
from kit.http import json_response


def routes(scene: Scene) -> list[Route]:
    """One route an endpoint and method."""
    document = metadata.transmitter(scene.issuer)
    headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=300"}

    async def described(request: Request) -> Response:
        return json_response(document, headers=headers)

    return [
        Route("/.well-known/ssf-configuration", described, methods=["GET"]),
        Route(metadata.CONFIGURATION, manage.create, methods=["POST"]),
        Route(metadata.CONFIGURATION, manage.read, methods=["GET"]),
        Route(metadata.CONFIGURATION, manage.update, methods=["PATCH"]),
        Route(metadata.CONFIGURATION, manage.replace, methods=["PUT"]),
        Route(metadata.CONFIGURATION, manage.delete, methods=["DELETE"]),
        Route(metadata.STATUS, manage.read_status, methods=["GET"]),
        Route(metadata.STATUS, manage.write_status, methods=["POST"]),
        Route(metadata.ADD_SUBJECT, manage.add_subject, methods=["POST"]),
        Route(metadata.REMOVE_SUBJECT, manage.remove_subject, methods=["POST"]),
        Route(metadata.VERIFICATION, manage.verify, methods=["POST"]),
        Route(configuration.POLL + "{stream}", Polls(scene).answer, methods=["POST"]),
    ]
