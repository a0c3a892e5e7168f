"""The measures API on a test's database, with tokens really signed and an agreement that tests change at will."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from dossier.access import Permit
from dossier.api.routes import routes
from dossier.scene import Scene
from kit import jose
from kit.clock import FixedClock
from kit.ground import Ground
from kit.guard import Guard
from tests.dossier.world import BASE, Agreements, App


@pytest.fixture
def access() -> Agreements:
    """Gabrielle is paired with GlucoLink and with Tensio; Inaya with GlucoLink."""
    made = Agreements()
    for subject, client, name in (
        ("gabrielle", "glucolink", "GlucoLink"),
        ("gabrielle", "tensio", "Tensio"),
        ("inaya", "glucolink", "GlucoLink"),
    ):
        made.permits[subject, client] = Permit(
            person_id=f"per_{subject}",
            client_id=client,
            client_name=name,
            grant_id=f"grt_{subject}_{client}",
            patient=f"{subject}-for-{client}",
            born=date(1979, 3, 12),
        )
    return made


@pytest.fixture(scope="session")
def signing_key() -> Any:
    return jose.generate("ES256", "k1")


@pytest.fixture
async def app(ground: Ground, clock: FixedClock, access: Agreements, signing_key: Any) -> AsyncIterator[App]:
    """GlucoLink, paired with Gabrielle."""
    guard = Guard(issuer="http://localhost:8000", audience=BASE, keys=lambda: [signing_key], clock=clock)
    served = Starlette(routes=routes(Scene(ground, guard, access, BASE)))
    transport = httpx2.ASGITransport(app=served)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        yield App(http, signing_key)
