"""`/activation/conditions`: the terms of use and the privacy policy, in the version that a person accepts (R025)."""

from starlette.requests import Request
from starlette.responses import Response

from idp.scene import Scene


async def show(scene: Scene, request: Request) -> Response:
    """GET: both texts on one page."""
    return scene.ground.pages.render(request, "activation/terms.html", version=scene.settings.terms_version)
