"""`/sandbox/callback`: a redirect address for scripts, and for who tries an authorization by hand."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kit.http import json_response
from sandbox import clock
from sandbox.scene import Scene

_MOST = 50


async def show(request: Request) -> Response:
    """GET, and POST for `response_mode=form_post`: the parameters, as JSON or as a page. Nothing is kept of them."""
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        async with request.form(max_fields=_MOST) as form:
            pairs += [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if not clock.wants_page(request):
        body: dict[str, Any] = {"method": request.method, "parameters": dict(pairs)}
        return json_response(body, store=False)
    scene: Scene = request.app.state.sandbox
    return scene.ground.pages.render(request, "sandbox/callback.html", method=request.method, pairs=pairs[:_MOST])
