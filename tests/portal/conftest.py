"""The portal on a stand-in of the house, and a browser that keeps its cookies."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from kit.clock import FixedClock
from kit.ground import Ground
from kit.pages import Pages
from kit.problems import Refusal, problem_response
from portal import web
from portal.scene import Scene, build
from portal.settings import PortalSettings
from tests.portal.stand_in import CLIENT_KEY, ISSUER, StandIn


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates compiled once for all the tests of this folder."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def pages(pages: Pages, compiled: BytecodeCache) -> Pages:
    """The pages, without waiting for the compiler."""
    pages.environment.bytecode_cache = compiled
    return pages


@pytest.fixture
def services(clock: FixedClock) -> StandIn:
    """What stands in for the provider, the dossier and the consents."""
    return StandIn(clock)


@pytest.fixture
async def scene(ground: Ground, services: StandIn) -> AsyncIterator[Scene]:
    """The portal's scene, its outside being the stand-in."""
    made = build(ground, PortalSettings(), CLIENT_KEY, inside=services.app)
    yield made
    await made.outside.close()


def refused(request: Request, error: Exception) -> Response:
    """As the composition root answers a refusal."""
    assert isinstance(error, Refusal)
    return problem_response(error)


@pytest.fixture
def portal(scene: Scene) -> Starlette:
    """The portal alone."""
    return Starlette(routes=web.routes(scene), exception_handlers={Refusal: refused})


class Browser:
    """Cookies kept, redirects followed by hand; addresses of the provider are answered by the stand-in."""

    def __init__(self, portal: Starlette, services: StandIn) -> None:
        self._house = services
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(portal), base_url=ISSUER)

    async def get(self, path: str, **more: object) -> httpx2.Response:
        return await self.http.get(path, **more)  # type: ignore[arg-type]

    async def provider(self, url: str) -> httpx2.Response:
        """The browser at the provider's."""
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(self._house.app)) as http:
            return await http.get(url)

    async def sign_in(self, back: str = "/espace/") -> httpx2.Response:
        """The whole way out and back; the answer of the return."""
        left = await self.get("/espace/connexion", params={"suite": back})
        answer = await self.provider(left.headers["location"])
        return await self.get(answer.headers["location"])

    async def post(self, path: str, *, page: str = "/", **fields: object) -> httpx2.Response:
        """Send a form as our own page would: its CSRF field is read from `page`."""
        seen = (await self.get(page)).text
        mark = seen.partition('name="csrf" value="')[2].partition('"')[0]
        data = {**fields, "csrf": mark}
        return await self.http.post(path, data=data, headers={"referer": ISSUER + page, "origin": ISSUER})


@pytest.fixture
async def browser(portal: Starlette, services: StandIn) -> AsyncIterator[Browser]:
    """A browser that has not been here yet."""
    made = Browser(portal, services)
    yield made
    await made.http.aclose()
