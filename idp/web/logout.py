"""OpenID Connect RP-Initiated Logout 1.0: at once with a hint of ours, otherwise after a question."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from idp.protocol import hints
from idp.protocol.responses import plain_location
from idp.scene import Scene
from idp.sessions import browser
from idp.web.parameters import parameters
from kit import forms
from kit.problems import Refusal


async def logout(request: Request) -> Response:
    """GET or POST /logout."""
    scene: Scene = request.app.state.idp
    await scene.ring.keep_fresh()
    lists = await parameters(request)
    said = {name: values[-1] for name, values in lists.items() if values and values[-1]}
    hint = hints.read(said.get("id_token_hint", ""), scene.ring.verifying(), scene.issuer)
    client_id = said.get("client_id") or (hint.client_id if hint else None)
    if hint and said.get("client_id") not in (None, hint.client_id):
        raise Refusal("invalid_request", "client_id and id_token_hint differ", status=400)
    client = await scene.clients.get(client_id) if client_id else None
    back = _back(client, said.get("post_logout_redirect_uri"), said.get("state"))
    session = await browser.current(scene, request)
    if session is not None and not (hint and hint.session_id == session.id):
        confirm = {k: said[k] for k in ("client_id", "id_token_hint", "post_logout_redirect_uri", "state") if k in said}
        return scene.ground.pages.render(
            request,
            "account/logout.html",
            app=client.name if client else None,
            fields=confirm,
            form_action=_origins(back),
        )
    return await _end(scene, request, back)


async def confirmed(request: Request) -> Response:
    """POST /logout/confirm: the person said yes."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    await scene.ring.keep_fresh()
    hint = hints.read(form.get("id_token_hint"), scene.ring.verifying(), scene.issuer)
    client_id = form.get("client_id") or (hint.client_id if hint else "")
    client = await scene.clients.get(client_id) if client_id else None
    back = _back(client, form.get("post_logout_redirect_uri") or None, form.get("state") or None)
    return await _end(scene, request, back)


async def _end(scene: Scene, request: Request, back: str | None) -> Response:
    if back is not None:
        response: Response = RedirectResponse(back, 303, headers={"cache-control": "no-store"})
    else:
        response = scene.ground.pages.render(request, "account/signed_out.html")
    await browser.end_current(scene, request, response)
    return response


def _back(client: Client | None, uri: str | None, state: str | None) -> str | None:
    """§3: only to an address registered by the client that the request names, and only exactly. Raises Refusal."""
    if uri is None:
        return None
    if client is None or uri not in client.post_logout_redirect_uris:
        raise Refusal("invalid_redirect_uri", "post_logout_redirect_uri is not registered for the app", status=400)
    return plain_location(uri, {"state": state})


def _origins(back: str | None) -> list[str]:
    return [back] if back else []
