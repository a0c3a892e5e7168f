"""FAPI 2.0 and DPoP with clients of others: `openid-client` and, below it, `oauth4webapi`."""

from pathlib import Path

import pytest

from tests.interop.scenario import play
from tests.running import Running


@pytest.mark.node
@pytest.mark.parametrize("client_id", ["fapi-1", "fapi-2"])
async def test_a_fapi_app_pushes_signs_and_holds_its_key(own_demo: Running, scripts: Path, client_id: str) -> None:
    assert (await play(own_demo, scripts, "fapi", client_id))["sub"]


@pytest.mark.node
@pytest.mark.parametrize("client_id", ["mobile", "bench"])
async def test_the_code_flow_step_by_step_with_a_key(own_demo: Running, scripts: Path, client_id: str) -> None:
    assert (await play(own_demo, scripts, "raw", client_id))["sub"]
