"""The npm client `openid-client` lives a whole life with the provider, and mistrusts what it must."""

import json
from pathlib import Path

import pytest

from tests.interop.scenario import play
from tests.running import Running

HERE = Path(__file__).parent
APPS = ["mobile", "bench", "glucolink"]
"""A public app; one with a secret; one with a key of its own."""


@pytest.mark.node
@pytest.mark.parametrize("client_id", APPS)
async def test_sign_in_refresh_revoke_and_sign_out(own_demo: Running, scripts: Path, client_id: str) -> None:
    assert (await play(own_demo, scripts, "whole_life", client_id))["sub"]


@pytest.mark.node
async def test_each_app_knows_the_person_by_another_name(own_demo: Running, scripts: Path) -> None:
    """OIDC Core §8.1: pairwise."""
    known = {(await play(own_demo, scripts, "whole_life", client_id))["sub"] for client_id in ("mobile", "bench")}
    assert len(known) == 2


@pytest.mark.node
async def test_an_answer_that_was_touched_is_not_believed(own_demo: Running, scripts: Path) -> None:
    await play(own_demo, scripts, "mistrust", "mobile")


@pytest.mark.node
@pytest.mark.parametrize("client_id", APPS)
async def test_the_provider_refuses_in_words_that_the_client_knows(
    own_demo: Running, scripts: Path, client_id: str
) -> None:
    await play(own_demo, scripts, "refusals", client_id)


@pytest.mark.node
@pytest.mark.rule("R158")
@pytest.mark.parametrize("client_id", APPS)
async def test_a_health_app_pairs_with_a_general_client(own_demo: Running, scripts: Path, client_id: str) -> None:
    await play(own_demo, scripts, "pairing", client_id)


@pytest.mark.node
@pytest.mark.parametrize("client_id", ["bench", "glucolink"])
async def test_an_app_on_its_own_behalf(own_demo: Running, scripts: Path, client_id: str) -> None:
    await play(own_demo, scripts, "machine", client_id)


def test_the_lock_file_ties_contents_and_names_no_registry() -> None:
    """Packages are what their hashes say, wherever this machine gets them from."""
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: said for name, said in lock["packages"].items() if name}
    assert packages
    for name, said in packages.items():
        assert said["integrity"].startswith("sha512-"), name
        assert "resolved" not in said, name
    assert not (HERE / ".npmrc").exists()
