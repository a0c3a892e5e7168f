"""The stand-ins on a demo clock, a provider for the reader app, and a browser."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from kit import jose
from kit.clock import DemoClock
from kit.database import Database
from kit.doorman import Doorman
from kit.ground import Ground
from kit.http import request_id
from kit.outbox import Outbox
from kit.problems import Refusal, problem_response
from sandbox import web
from sandbox.glucolink.app import GlucoLink
from sandbox.glucolink.settings import GlucoLinkSettings
from sandbox.scene import Scene
from tests.databases import Sqlite
from tests.sandbox.browser import Browser
from tests.sandbox.provider import ISSUER, StandIn


@pytest.fixture(scope="session")
def small_databases(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    made = Sqlite(tmp_path_factory.mktemp("sandbox"))
    made.prepare()
    return made


@pytest.fixture
async def database(small_databases: Sqlite) -> AsyncIterator[Database]:
    """SQLite only: what the stand-ins keep is proven on both databases by `test_glucolink_house.py`."""
    async with small_databases.copy() as fresh:
        yield fresh


@pytest.fixture
def demo_clock(tmp_path: Path) -> DemoClock:
    return DemoClock(tmp_path / "clock.json")


@pytest.fixture
def demo_ground(ground: Ground, demo_clock: DemoClock) -> Ground:
    """The ground on a clock that the demo may move."""
    outbox = Outbox(ground.database, demo_clock, ground.vault.seal("outbox"))
    return replace(ground, clock=demo_clock, outbox=outbox)


@pytest.fixture
def stand_in(demo_clock: DemoClock) -> StandIn:
    """A small provider that keeps to the protocol, and misbehaves when asked to."""
    return StandIn(demo_clock)


@pytest.fixture
async def scene(demo_ground: Ground, stand_in: StandIn, tmp_path: Path) -> AsyncIterator[Scene]:
    key = jose.generate("ES256", "glucolink-1")
    stand_in.client_keys = [key]
    settings = GlucoLinkSettings(ISSUER, "glucolink", key.as_dict(private=True), tmp_path / "uploads")
    app = GlucoLink(demo_ground, settings, httpx2.ASGITransport(stand_in.app))
    yield Scene(demo_ground, "sms-key", app)
    await app.stop()


@pytest.fixture
async def browser(scene: Scene) -> AsyncIterator[Browser]:
    """A browser before the demo."""
    app = Starlette(routes=web.routes(scene), exception_handlers={Refusal: _refused})
    app.state.sandbox = scene
    doorman = Doorman(app, secure=False, rooms=web.ROOMS, log_requests=False)
    transport = httpx2.ASGITransport(doorman)
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER, headers={"accept": "text/html"}) as http:
        yield Browser(http)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem_response(error, request_id(request))
