"""The provider as the conformance suite meets it: behind a proxy that ends TLS and tells certificates."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kit.seals import Vault
from service.demo.authority import Authority
from tests.browser import Browser
from tests.conformance import fapi2
from tests.conformance.fapi2 import CERTIFICATE, VERIFIED, Suite, Variant
from tests.conftest import SETTINGS
from tests.house import Home, StillClock, opened

AUTHORITY = Authority(Vault(bytes(32)))


@pytest.fixture
async def op(backend: Any, furnished: dict[str, Any], clock: StillClock, tmp_path: Path) -> AsyncIterator[Home]:
    """The house, with the compatible profile served."""
    server = replace(
        SETTINGS.server,
        trusted_proxies=("127.0.0.1/32",),
        client_certificate_header=CERTIFICATE,
        client_certificate_verified_header=VERIFIED,
    )
    idp = replace(SETTINGS.idp, profiles=("compat",))
    settings = replace(SETTINGS, server=server, idp=idp)
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as made:
        yield made


@pytest.fixture
async def person(op: Home) -> Browser:
    """Somebody who is signed in."""
    return await op.sign_in("gabrielle")


@pytest.fixture
def variant(request: pytest.FixtureRequest) -> Variant:
    """The variant of the plan."""
    found: Variant = getattr(request, "param", Variant())
    return found


@pytest.fixture
async def one(op: Home, person: Browser, variant: Variant) -> Suite:
    """The plan's first client."""
    return await fapi2.client(op, person, variant, 1, AUTHORITY)


@pytest.fixture
async def two(op: Home, person: Browser, variant: Variant) -> Suite:
    """Its second."""
    return await fapi2.client(op, person, variant, 2, AUTHORITY)
