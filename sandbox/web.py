"""Every address of the stand-ins. Only the demo composes them: no setting of a real house adds one."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit.http import json_response
from sandbox import callback, ciba, clock, inbox, sms, tv
from sandbox.glucolink import web as glucolink
from sandbox.glucolink.settings import HOME
from sandbox.glucolink.uploads import MOST_BYTES
from sandbox.scene import Scene

ROOMS: tuple[tuple[str, int], ...] = ((f"{HOME}/uploads", MOST_BYTES + 64 * 1024),)
"""Addresses that take more than an ordinary form, for the doorman: a file, and the form around it."""


def routes(scene: Scene) -> list[BaseRoute]:
    """The list; `scene` is the proof that this is a demo, and is found at `app.state.sandbox`."""
    if not isinstance(scene, Scene):
        raise TypeError("the sandbox needs its scene")
    return [
        Route("/sandbox/inbox", messages, methods=["GET"]),
        Route("/sandbox/clock", clock.tell, methods=["GET"]),
        Route("/sandbox/clock", clock.move, methods=["POST"]),
        Route("/sandbox/callback", callback.show, methods=["GET", "POST"]),
        Route("/sandbox/ciba", ciba.decide, methods=["POST"]),
        Route(tv.HOME, tv.off, methods=["GET"]),
        Route(tv.HOME, tv.switch_on, methods=["POST"]),
        Route(f"{tv.HOME}/{{screen}}", tv.screen, methods=["GET"]),
        Route("/sandbox/sms/messages", sms.messages, methods=["POST"]),
        Route(HOME, glucolink.enter, methods=["GET"]),
        Route(f"{HOME}/", glucolink.home, methods=["GET"]),
        Route(f"{HOME}/link", glucolink.depart, methods=["POST"]),
        Route(f"{HOME}/retour", glucolink.come_back, methods=["GET"]),
        Route(f"{HOME}/relie", glucolink.settle, methods=["GET"]),
        Route(f"{HOME}/consents", glucolink.to_consents, methods=["POST"]),
        Route(f"{HOME}/unlink", glucolink.unlink, methods=["GET", "POST"]),
        Route(f"{HOME}/uploads", glucolink.send_file, methods=["POST"]),
        Route(f"{HOME}/uploads/{{upload}}.json", glucolink.upload_json, methods=["GET"]),
        Route(f"{HOME}/uploads/{{upload}}", glucolink.upload_page, methods=["GET"]),
    ]


async def messages(request: Request) -> Response:
    """GET /sandbox/inbox?to=ADDRESS: what was sent, newest first; a page for a browser."""
    scene: Scene = request.app.state.sandbox
    await inbox.settle(scene.ground.outbox)
    to = request.query_params.get("to", "")
    found = await scene.ground.database.read(lambda db: inbox.newest(db, to))
    if not clock.wants_page(request):
        return json_response([message.as_json() for message in found], store=False)
    return scene.ground.pages.render(request, "sandbox/inbox.html", to=to.strip(), messages=found)
