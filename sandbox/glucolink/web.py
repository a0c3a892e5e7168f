"""GlucoLink's own pages: link, send a file, watch it go, unlink."""

import secrets
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import forms
from kit.csrf import FIELD
from kit.doorman import TooLarge
from kit.http import json_response
from kit.problems import Refusal
from sandbox.glucolink import fresh_sample, views
from sandbox.glucolink.app import GlucoLink
from sandbox.glucolink.records import Link
from sandbox.glucolink.settings import HOME
from sandbox.glucolink.trouble import LOST_FOR_GOOD, Mistrust, Refused, Unreachable, code_of
from sandbox.glucolink.uploads import MOST_BYTES
from sandbox.scene import Scene

COOKIE = "glucolink"
_TROUBLES = (Refused, Mistrust, Unreachable)
_ORDERS = {"dmy", "mdy", "ymd"}


async def enter(request: Request) -> Response:
    """GET /sandbox/glucolink: the address without its final slash."""
    return _to(f"{HOME}/")


async def home(request: Request) -> Response:
    """GET /sandbox/glucolink/: what can be done now."""
    app, link = await _who(request)
    if link is None or link.tokens is None:
        return _page(request, "start.html", trouble=views.trouble(link.trouble) if link and link.trouble else None)
    if not link.active:
        return _page(request, "consents.html")
    return await _linked(request, app, link)


async def depart(request: Request) -> Response:
    """POST …/link: leave for the provider."""
    form = await forms.read(request, _scene(request).ground.csrf)
    browser = request.cookies.get(COOKIE) or f"glu_{secrets.token_urlsafe(32)}"
    app = _scene(request).glucolink

    async def leave() -> str:
        return await app.linking.depart(browser, one_step=form.get("way") == "one_step")

    answer = await _led(request, leave)
    secure = app.settings.base.startswith("https:")
    answer.set_cookie(COOKIE, browser, path=HOME, httponly=True, samesite="lax", secure=secure, max_age=180 * 86_400)
    return answer


async def come_back(request: Request) -> Response:
    """GET, at the redirect address: the code comes."""
    app = _scene(request).glucolink

    async def arrive() -> str:
        return await app.linking.come_back(_browser(request), request.query_params) or f"{HOME}/"

    return await _led(request, arrive)


async def settle(request: Request) -> Response:
    """GET, at the return address: back from the consents page."""
    app = _scene(request).glucolink

    async def look() -> str:
        await app.linking.settle(_browser(request), request.query_params)
        return f"{HOME}/"

    return await _led(request, look)


async def to_consents(request: Request) -> Response:
    """POST …/consents: go back to the consents page."""
    await forms.read(request, _scene(request).ground.csrf)
    app, link = await _who(request)
    if link is None or link.tokens is None:
        return _to(f"{HOME}/")

    async def leave() -> str:
        return await app.linking.to_consents(_browser(request), link.id)

    return await _led(request, leave)


async def unlink(request: Request) -> Response:
    """POST …/unlink: the person no longer wants it. GET: what that means."""
    app, link = await _who(request)
    if link is None or link.tokens is None:
        return _to(f"{HOME}/")
    if request.method == "GET":
        return _page(request, "unlink.html")
    await forms.read(request, _scene(request).ground.csrf)

    async def leave() -> str:
        await app.linking.unlink(link)
        return f"{HOME}/?done=unlinked"

    return await _led(request, leave)


async def send_file(request: Request) -> Response:
    """POST …/uploads: a file, or the example. It is sent in the background."""
    app, link = await _who(request)
    _scene(request).ground.csrf.check_origin(request)
    if link is None or not link.active:
        return _to(f"{HOME}/")
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            _scene(request).ground.csrf.check(request, str(form.get(FIELD, "")))
            order: Any = form.get("order") if form.get("order") in _ORDERS else None
            file = form.get("file")
            if form.get("example"):
                name, body = fresh_sample.make(_scene(request).ground.clock.now())
                upload = await app.uploads.begin(link, name, BytesIO(body))
            elif not isinstance(file, UploadFile) or not file.filename:
                return await _linked(request, app, link, error="Choisissez d’abord un fichier.")
            elif (file.size or 0) > MOST_BYTES:
                return await _linked(request, app, link, error=_TOO_BIG)
            else:
                upload = await app.uploads.begin(link, file.filename, file.file, order)
    except TooLarge:
        return await _linked(request, app, link, error=_TOO_BIG, status=413)
    except (MultiPartException, HTTPException) as error:
        raise Refusal("invalid_request", "the form cannot be read", status=400) from error
    return _to(f"{HOME}/uploads/{quote(upload.id)}")


async def upload_page(request: Request) -> Response:
    """GET …/uploads/{id}: how far one file is."""
    app, link = await _who(request)
    upload = await app.uploads.find(link, request.path_params["upload"]) if link else None
    if upload is None:
        return _page(request, "missing.html", status=404)
    return _page(request, "upload.html", upload=views.upload(upload))


async def upload_json(request: Request) -> Response:
    """GET …/uploads/{id}.json: the same for the page's own script."""
    app, link = await _who(request)
    upload = await app.uploads.find(link, request.path_params["upload"]) if link else None
    if upload is None:
        raise Refusal("not_found", "no such upload", status=404)
    return json_response(views.figures(upload), store=False)


_TOO_BIG = "Ce fichier est trop grand : 10 Mo au plus."


async def _linked(
    request: Request, app: GlucoLink, link: Link, error: str | None = None, status: int = 200
) -> Response:
    sent = [views.upload(upload) for upload in await app.uploads.latest(link)]
    return _page(
        request,
        "linked.html",
        status=422 if error and status == 200 else status,
        since=link.made_at,
        error=error,
        trouble=views.trouble(link.trouble) if link.trouble else None,
        uploads=sent,
    )


async def _led(request: Request, step: Callable[[], Awaitable[str]]) -> Response:
    """Go where the step leads; a trouble becomes a page that says what to do."""
    try:
        return _to(await step())
    except _TROUBLES as trouble:
        code = code_of(trouble)
        _, link = await _who(request)
        lost = link is None or link.tokens is None or code in LOST_FOR_GOOD
        status = 503 if isinstance(trouble, Unreachable) else 400 if isinstance(trouble, Mistrust) else 200
        return _page(request, "problem.html", status=status, trouble=views.trouble(code), lost=lost)


def _page(request: Request, name: str, *, status: int = 200, **card: Any) -> Response:
    scene = _scene(request)
    return scene.ground.pages.render(
        request,
        f"sandbox/glucolink/{name}",
        status=status,
        form_action=[scene.glucolink.settings.issuer],
        brand="GlucoLink",
        app_home=HOME,
        issuer=scene.glucolink.settings.issuer,
        done=request.query_params.get("done"),
        **card,
    )


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, headers={"cache-control": "no-store"})


def _scene(request: Request) -> Scene:
    scene: Scene = request.app.state.sandbox
    return scene


def _browser(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


async def _who(request: Request) -> tuple[GlucoLink, Link | None]:
    app = _scene(request).glucolink
    return app, await app.linking.link_of(_browser(request))
