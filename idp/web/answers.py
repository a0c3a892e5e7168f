"""The answers of the front channel: back to the app, and nowhere else, in the way that it asked for."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from idp.protocol import responses
from idp.protocol.responses import Answer, Destination
from idp.scene import Scene
from idp.web import jarm

_HEADERS = {"cache-control": "no-store", "pragma": "no-cache", "referrer-policy": "no-referrer"}


def redirect(uri: str) -> Response:
    """To an address that was proven to be the app's (303: a POST becomes a GET, RFC 9700 §4.12)."""
    return RedirectResponse(uri, 303, headers=_HEADERS)


async def deliver(scene: Scene, request: Request, client: Client, to: Destination, answer: Answer) -> Response:
    """An answer, good or bad (RFC 6749 §4.1.2), with `iss` (RFC 9207), or signed (JARM)."""
    answer = {"response": await _signed(scene, client, answer)} if to.signed else {**answer, "iss": scene.issuer}
    if to.plain == "form_post":
        return _form(scene, request, to, answer)
    if to.plain == "fragment":
        return redirect(responses.fragment_location(to.redirect_uri, answer))
    return redirect(responses.plain_location(to.redirect_uri, answer))


async def error(
    scene: Scene, request: Request, client: Client, to: Destination, code: str, description: str, state: str | None
) -> Response:
    """RFC 6749 §4.1.2.1."""
    said = {"error": code, "error_description": description, "state": state}
    return await deliver(scene, request, client, to, said)


async def _signed(scene: Scene, client: Client, answer: Answer) -> str:
    said = responses.claims(answer, issuer=scene.issuer, client_id=client.client_id, now=scene.ground.clock.now())
    return await jarm.response(scene, client, said)


def _form(scene: Scene, request: Request, to: Destination, answer: Answer) -> Response:
    """OAuth 2.0 Form Post Response Mode §2: a page that posts itself, with a button where scripts do not run."""
    fields = [(name, value) for name, value in answer.items() if value is not None]
    return scene.ground.pages.render(
        request,
        "authorize/form_post.html",
        headers={"Referrer-Policy": "no-referrer"},
        form_action=None,
        action=to.redirect_uri,
        fields=fields,
    )
