"""The demo as a process of its own, for clients that no one here wrote: browsers, npm packages, scripts."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.leaks import watch

ESPACE = Path(sys.executable).with_name("espace")
ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would change the demo's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESPACE_", "DATABASE_URL"))}
    return {**kept, **more}


@dataclass
class Running:
    """`espace demo` (or another command) under way."""

    folder: Path
    port: int = field(default_factory=free_port)
    extra: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    @property
    def card(self) -> dict[str, Any]:
        """`demo.json`."""
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return found

    def person(self, key: str) -> dict[str, Any]:
        return next(one for one in self.card["people"] if one["key"] == key)

    def party(self, client_id: str) -> dict[str, Any]:
        return next(one for one in self.card["clients"] if one["client_id"] == client_id)

    def start(self, patience: float = 120.0) -> float:
        """Start it and wait until it is ready; gives the seconds that it took."""
        began = time.perf_counter()
        command = [ESPACE, "demo", "--port", str(self.port), "--data", self.folder, *self.extra]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=out, env=environment(**self.environ), start_new_session=True
            )
        while time.perf_counter() - began < patience:
            if self.process.poll() is not None:
                raise AssertionError(f"the demo stopped:\n{self.said()}")
            try:
                if self._ready():
                    return time.perf_counter() - began
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the demo is not ready after {patience} s:\n{self.said()}")

    def _ready(self) -> bool:
        return httpx2.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; gives its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the demo does not stop:\n{self.said()}") from None
        finally:
            self.process = None

    def said(self) -> str:
        """Everything that it wrote on the terminal."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def leaks(self) -> list[str]:
        """Lines of the log, the welcome aside, that give something away."""
        lines = self.said().rpartition("Stop it with Ctrl+C.")[2].splitlines()
        return [line for line in lines if watch.leaks(line)]

    def resident(self) -> float:
        """Memory in use, in megabytes."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise LookupError("no VmRSS")
