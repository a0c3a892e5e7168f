"""OpenID Connect RP-Initiated Logout 1.0: at once with a hint of this session, otherwise after a question.

The browser goes back only to an address that its app registered, and only when an id token of ours proves which app
asks (§3): a `client_id` alone, which anybody can write, gives a link that the person may follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.records import Client
from idp.protocol import hints
from idp.protocol.hints import Hint
from idp.protocol.responses import plain_location
from idp.scene import Scene
from idp.sessions import browser, frontchannel, participants
from idp.sessions.records import Session
from idp.web.parameters import parameters
from kit import forms
from kit.telemetry import events

_FIELDS = ("client_id", "id_token_hint", "post_logout_redirect_uri", "state")
_NO_STORE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class _Wrong(Exception):
    """The request cannot be trusted: nothing is done, and the browser goes nowhere (§4)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A logout request that holds together."""

    client: Client | None
    hint: Hint | None
    address: str | None
    """Where to go back to, registered by the client, with `state`."""

    @property
    def back(self) -> str | None:
        """Where the browser is sent: only when a hint proves whose request it is."""
        return self.address if self.hint else None


async def logout(request: Request) -> Response:
    """GET or POST /logout."""
    scene: Scene = request.app.state.idp
    lists = await parameters(request)
    said = {name: values[-1] for name, values in lists.items() if values and values[-1]}
    session = await browser.current(scene, request)
    try:
        if any(len(lists.get(name, ())) > 1 for name in _FIELDS):
            raise _Wrong("a parameter is given more than once")
        asked = await _read(scene, said)
    except _Wrong:
        events.labels("logout_refused").inc()
        return scene.ground.pages.render(request, "account/logout_refused.html", status=400, signed_in=bool(session))
    if session is not None and not (asked.hint and asked.hint.session_id == session.id):
        return scene.ground.pages.render(
            request,
            "account/logout.html",
            app=asked.client.name if asked.client else None,
            fields={name: said[name] for name in _FIELDS if name in said},
            form_action=[asked.back] if asked.back else [],
        )
    return await _end(scene, request, asked)


async def confirmed(request: Request) -> Response:
    """POST /logout/confirm: the person said yes."""
    scene: Scene = request.app.state.idp
    form = await forms.read(request, scene.ground.csrf)
    try:
        asked = await _read(scene, {name: form.get(name) for name in _FIELDS if form.get(name)})
    except _Wrong:
        asked = _Asked(None, None, None)  # the person wants to leave all the same
    return await _end(scene, request, asked)


async def _read(scene: Scene, said: Mapping[str, str]) -> _Asked:
    """What is asked, checked (§2, §3). Raises _Wrong."""
    await scene.ring.keep_fresh()
    hint = hints.read(said.get("id_token_hint", ""), scene.ring.verifying(), scene.issuer)
    if hint is None and "id_token_hint" in said:
        raise _Wrong("the hint is not an id token of ours")
    if hint and said.get("client_id") not in (None, hint.client_id):
        raise _Wrong("client_id and id_token_hint differ")
    client_id = hint.client_id if hint else said.get("client_id")
    client = await scene.clients.get(client_id) if client_id else None
    uri = said.get("post_logout_redirect_uri")
    if uri is None:
        return _Asked(client, hint, None)
    if client is None or uri not in client.post_logout_redirect_uris:
        raise _Wrong("post_logout_redirect_uri is not registered for the app")
    return _Asked(client, hint, plain_location(uri, {"state": said.get("state")}))


async def _end(scene: Scene, request: Request, asked: _Asked) -> Response:
    """End the session, let the apps that took part know in the browser too, then go back or stay."""
    session = await browser.current(scene, request)
    frames = await _frames(scene, session) if session else []
    if asked.back is not None and not frames:
        response: Response = RedirectResponse(asked.back, 303, headers=_NO_STORE)
    else:
        response = scene.ground.pages.render(
            request,
            "account/signed_out.html",
            frames=frames,
            frame_src=frames,
            back=asked.back,
            app=asked.client.name if asked.client else None,
            link=asked.address,
        )
    await browser.end_current(scene, request, response)
    return response


async def _frames(scene: Scene, session: Session) -> list[str]:
    """Pages of the apps that took part in the session and asked for it (Front-Channel Logout 1.0 §3)."""
    took_part = await scene.ground.database.read(lambda db: participants.of(db, session.id))
    found = [client for client in [await scene.clients.get(one) for one in took_part] if client is not None]
    return frontchannel.frames(found, scene.issuer, session.id)
