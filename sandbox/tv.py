"""A television of the demo: it has no keyboard, so it shows a code and asks again and again (RFC 8628)."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import httpx2
import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import forms
from kit.clock import Clock

HOME = "/sandbox/tv"
CLIENT = "tv"
SCOPE = "openid profile offline_access"
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_MOST = 100
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Screen:
    """What the television shows, and what it knows besides."""

    state: str = "waiting"
    """Either "waiting", "linked", "refused", "expired" or "failed"."""
    user_code: str = ""
    address: str = ""
    complete: str = ""
    device_code: str = ""
    interval: int = 5
    ask_at: datetime | None = None
    name: str = ""

    @property
    def picture(self) -> str:
        """The address with its code, as a telephone's camera reads it: dark on light, with its margin."""
        return segno.make_qr(self.complete, error="m").svg_data_uri(scale=6, border=4, dark="#000", light="#fff")


@dataclass
class Television:
    """It knows the provider by its address alone, and forgets everything when it is switched off."""

    issuer: str
    clock: Clock
    transport: httpx2.AsyncBaseTransport | None = None
    screens: dict[str, Screen] = field(default_factory=dict)

    async def begin(self) -> str:
        """Ask for a code (RFC 8628 §3.1); gives the name of the screen."""
        said = await self._post("device_authorization_endpoint", {"client_id": CLIENT, "scope": SCOPE})
        name = secrets.token_urlsafe(12)
        if len(self.screens) >= _MOST:
            self.screens.clear()
        self.screens[name] = self._shown(said) if "device_code" in said else Screen("failed")
        return name

    async def look(self, name: str) -> Screen | None:
        """The screen, after asking once more if it is time to (RFC 8628 §3.4)."""
        screen = self.screens.get(name)
        if screen is None or screen.state != "waiting" or screen.ask_at is None or self.clock.now() < screen.ask_at:
            return screen
        form = {"client_id": CLIENT, "grant_type": _GRANT, "device_code": screen.device_code}
        self.screens[name] = await self._heard(screen, await self._post("token_endpoint", form))
        return self.screens[name]

    def _shown(self, said: dict[str, Any]) -> Screen:
        interval = int(said.get("interval", 5))
        return Screen(
            user_code=said["user_code"],
            address=said["verification_uri"],
            complete=said["verification_uri_complete"],
            device_code=said["device_code"],
            interval=interval,
            ask_at=self.clock.now() + timedelta(seconds=interval),
        )

    async def _heard(self, screen: Screen, said: dict[str, Any]) -> Screen:
        """RFC 8628 §3.5."""
        match said.get("error"):
            case None:
                return replace(screen, state="linked", device_code="", name=await self._name(said["access_token"]))
            case "authorization_pending" | "slow_down" as error:
                interval = screen.interval + (5 if error == "slow_down" else 0)
                return replace(screen, interval=interval, ask_at=self.clock.now() + timedelta(seconds=interval))
            case "access_denied":
                return Screen("refused")
            case "expired_token":
                return Screen("expired")
            case _:
                return Screen("failed")

    async def _name(self, access_token: str) -> str:
        async with self._http() as http:
            answer = await http.get(
                f"{self.issuer}/userinfo", headers={"authorization": f"Bearer {access_token}"}, timeout=_TIMEOUT
            )
        return str(answer.json().get("given_name", "")) if answer.status_code == 200 else ""

    async def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        async with self._http() as http:
            known = (await http.get(f"{self.issuer}/.well-known/openid-configuration", timeout=_TIMEOUT)).json()
            answer = await http.post(known[endpoint], data=form, timeout=_TIMEOUT)
        return cast(dict[str, Any], answer.json())

    def _http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=_Lent(self.transport) if self.transport else None, trust_env=False)


class _Lent(httpx2.AsyncBaseTransport):
    """A transport that outlives who uses it."""

    def __init__(self, whose: httpx2.AsyncBaseTransport) -> None:
        self._whose = whose

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As its owner does."""
        return await self._whose.handle_async_request(request)


async def off(request: Request) -> Response:
    """GET /sandbox/tv: switched off."""
    return _page(request, None)


async def switch_on(request: Request) -> Response:
    """POST /sandbox/tv: ask for a code."""
    scene = request.app.state.sandbox
    await forms.read(request, scene.ground.csrf)
    return RedirectResponse(f"{HOME}/{await scene.tv.begin()}", 303)


async def screen(request: Request) -> Response:
    """GET /sandbox/tv/{screen}: comes again by itself until there is an answer."""
    shown = await request.app.state.sandbox.tv.look(request.path_params["screen"])
    if shown is None:
        return RedirectResponse(HOME, 303)
    return _page(request, shown)


def _page(request: Request, shown: Screen | None) -> Response:
    pages = request.app.state.sandbox.ground.pages
    again = {"Refresh": str(shown.interval + 1)} if shown is not None and shown.state == "waiting" else {}
    page: Response = pages.render(request, "sandbox/tv.html", headers=again, screen=shown, action=HOME)
    return page
