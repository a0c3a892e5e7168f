"""The public entrance: what this is, how to get in, who helps."""

from starlette.requests import Request
from starlette.responses import Response

from portal.scene import Scene
from portal.sign_ins import HOME
from portal.visit import SIGN_IN, Endpoint, current, show


def entrance(scene: Scene) -> Endpoint:
    """GET /."""

    async def endpoint(request: Request) -> Response:
        session = await current(scene, request)
        settings = scene.settings
        return show(
            scene,
            request,
            "portal/entrance.html",
            person=session.who.name if session else "",
            inside=HOME if session else "",
            activation=settings.issuer + settings.activation_path,
            connection=SIGN_IN,
            sign_in=None,  # the page itself says it, larger
            demo=scene.demo,
        )

    return endpoint
