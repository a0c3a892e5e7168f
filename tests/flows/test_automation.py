"""Scripts from outside: the card, the addresses and the names of fields of docs/automation.md, and nothing of ours."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ESPACE, Running, environment

SCRIPT = Path(__file__).with_name("outside.py")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A demo of this test alone: the script changes its people and its clock."""
    one = Running(tmp_path / "data", extra=("--verbose",))
    one.start()
    yield one
    one.stop()


def test_a_script_that_has_only_the_card_and_the_standard_library_does_the_main_job(running: Running) -> None:
    command = [sys.executable, "-I", "-S", SCRIPT, running.folder / "demo.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split("\n")[-2] == "done"
    verify = [ESPACE, "--data", running.folder, "journal", "verify"]
    assert subprocess.run(verify, capture_output=True, env=environment(), check=False).returncode == 0
    assert not running.leaks()
