"""What every test may ask for: a clock, a database, the ground, the whole house."""

import base64
import os
import shutil
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from kit.csrf import Csrf
from kit.database import Database
from kit.ground import Ground
from kit.limits import Limits
from kit.outbox import Outbox
from kit.pages import Pages
from kit.seals import Vault
from tests import leaks
from tests.databases import POSTGRES, Postgres, Sqlite
from tests.house import Home, StillClock, fill, opened, settings_for
from tests.interop import apache
from tests.running import Running

ROOT = Path(__file__).parents[1]
STRICT = os.environ.get("CI_STRICT") == "1"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ISSUER = "http://localhost:8000"
MASTER = bytes(range(32))
SETTINGS = settings_for(ISSUER, base64.b64encode(MASTER).decode())

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""

NEEDS: dict[str, tuple[bool, str]] = {
    "browser": (bool(CHROMIUM), "Chromium is not installed"),
    "postgres": (bool(POSTGRES), "no PostgreSQL server: set ESPACE_TEST_POSTGRES=postgresql://USER@HOST:PORT/postgres"),
    "redis": (bool(os.environ.get("ESPACE_TEST_REDIS")), "no Redis server: set ESPACE_TEST_REDIS=redis://HOST:PORT/0"),
    "token": (bool(shutil.which("softhsm2-util") and find_spec("pkcs11")), "SoftHSM or python-pkcs11 is not installed"),
    "apache": (apache.HERE, "apache2-bin and libapache2-mod-auth-openidc are not installed"),
    "node": (bool(shutil.which("node") and shutil.which("npm")), "Node.js and npm are not installed"),
}
"""Marker -> is it here, and what to say when it is not."""


def pytest_configure(config: pytest.Config) -> None:
    leaks.install()


@pytest.fixture(autouse=True)
def no_secret_in_logs() -> Iterator[None]:
    """Every log line of every test is read; one that holds a secret fails its test."""
    leaks.stay()
    leaks.watch.next_test()
    yield
    if leaks.watch.found:
        pytest.fail("the log holds " + "\n".join(leaks.watch.found), pytrace=False)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (here, words) in NEEDS.items():
        if not here and item.get_closest_marker(marker):
            pytest.skip(words)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report: pytest.TestReport = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI_STRICT=1 forbids it: {call.excinfo.value if call.excinfo else ''}"
    return report


SPREAD = tuple(
    f"tests/{place}/"
    for place in (
        "clients",
        "conformance",
        "idp",
        "keys",
        "kit",
        "notices",
        "portal",
        "sandbox",
        "service",
        "templates",
    )
)
"""What is tried there hangs on the database in few places, which other tests try on both: each test takes one of the
two, half of them each, so that the whole stays short."""
WHOLE = (
    *(f"tests/idp/server/test_{name}" for name in ("authorization_code", "refresh", "revocation")),
    "tests/conformance/test_oidcc_implicit",
)


def _spread(name: str) -> bool:
    return name.startswith(SPREAD) and not name.startswith(WHOLE)


SLOW = tuple(f"tests/{place}/" for place in ("interop", "chromium", "flows", "faults", "races", "logs", "servers"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend_name" in metafunc.fixturenames:
        names: list[Any] = ["sqlite"]
        if POSTGRES or STRICT:
            names.append(pytest.param("postgresql", marks=pytest.mark.postgres))
            if _spread(metafunc.definition.nodeid):
                names = [names[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]]
        metafunc.parametrize("backend_name", names, scope="session")


@pytest.fixture(scope="session")
def backend(backend_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite | Postgres]:
    """Where fresh databases come from: SQLite, and PostgreSQL when the environment names a server."""
    made: Sqlite | Postgres
    made = Sqlite(tmp_path_factory.mktemp("databases")) if backend_name == "sqlite" else Postgres(POSTGRES)
    made.prepare()
    yield made
    made.close()


@pytest.fixture
async def database(backend: Sqlite | Postgres) -> AsyncIterator[Database]:
    """A database of this test alone, with every table and no row."""
    async with backend.copy() as fresh:
        yield fresh


@pytest.fixture
def clock() -> StillClock:
    """Monday 2 March 2026, 10 in the morning in Paris, until told to advance."""
    return StillClock(START)


@pytest.fixture
def vault() -> Vault:
    """A vault under a master key that is always the same."""
    return Vault(MASTER)


@pytest.fixture
def csrf(vault: Vault) -> Csrf:
    """What marks our own forms."""
    return Csrf(vault.key("csrf"), ISSUER)


@pytest.fixture
def pages(csrf: Csrf) -> Pages:
    """The pages, from the real templates and static files."""
    return Pages(ROOT / "templates", ROOT / "static", csrf=csrf)


@pytest.fixture
def ground(database: Database, clock: StillClock, vault: Vault, csrf: Csrf, pages: Pages) -> Ground:
    """The means of the house on this test's database and clock."""
    return Ground(
        issuer=ISSUER,
        database=database,
        clock=clock,
        vault=vault,
        limits=Limits(),
        outbox=Outbox(database, clock, vault.seal("outbox")),
        csrf=csrf,
        pages=pages,
    )


@pytest.fixture(scope="session")
def furnished(backend: Sqlite | Postgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The demo's people and apps, written once a session; what `demo.json` says of them."""
    folder = tmp_path_factory.mktemp("furnished")
    return backend.fill(lambda database: fill(SETTINGS, folder, StillClock(START), database))


@pytest.fixture
async def house(
    backend: Sqlite | Postgres, furnished: dict[str, Any], clock: StillClock, tmp_path: Path
) -> AsyncIterator[Home]:
    """The whole house, open, with the demo's people and apps, on this test's own database and clock."""
    async with backend.copy(filled=True) as database, opened(SETTINGS, tmp_path, clock, database, furnished) as home:
        yield home


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo as a process, on a port of its own, shared by the tests of this session: leave it as you found it."""
    yield from _running(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same, for the tests of one module alone: they may change people and move the clock."""
    yield from _running(tmp_path_factory.mktemp("own_demo"))


def _running(folder: Path) -> Iterator[Running]:
    running = Running(folder / "data")
    running.start()
    yield running
    code = running.stop()
    assert code == 0, running.said()
    assert not running.leaks()
