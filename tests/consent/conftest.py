"""The world of these tests: an active space, an app, a portal."""

import pytest

from kit.clock import FixedClock
from kit.ground import Ground
from tests.consent.world import PORTAL, World, build, glucolink


@pytest.fixture
def bare(ground: Ground, clock: FixedClock) -> World:
    """Nobody and nothing yet."""
    return build(ground, clock)


@pytest.fixture
async def world(bare: World) -> World:
    """Gabrielle's space is active; GlucoLink and the portal are in the catalogue."""
    await bare.add_client(glucolink())
    await bare.add_client(PORTAL)
    await bare.active_space()
    return bare
