"""Outside clients: npm packages, installed once, and scripts that run with them as the app's side of each scenario."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.running import ROOT

HERE = Path(__file__).parent
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")


@pytest.fixture(scope="session")
def packages() -> Path:
    """`node_modules`, as the lock file says; kept under `var/` for the next time."""
    lock = (HERE / "package-lock.json").read_bytes()
    kept = ROOT / "var" / "interop" / hashlib.sha256(lock).hexdigest()[:16]
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as made:
            folder = Path(made) / "made"
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            _install(folder)
            if not kept.exists():
                folder.rename(kept)
    return kept / "node_modules"


def _install(folder: Path) -> None:
    command = ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode and any(code in done.stderr for code in UNREACHABLE):
        pytest.skip("the npm registry is out of reach, and the packages were not installed before")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def scripts(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenarios beside their packages, where Node.js looks for them."""
    folder = tmp_path_factory.mktemp("interop")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    os.symlink(packages, folder / "node_modules")
    return folder
