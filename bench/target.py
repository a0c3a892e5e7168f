"""A provider to measure: where it is, who we are to it, and how its people sign in."""

import base64
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_plus

from bench import machine
from bench.load import Address

_READY_WITHIN = 60.0
_STOPPED_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Paths, the same as discovery says."""

    discovery: str = "/.well-known/openid-configuration"
    jwks: str = "/jwks"
    token: str = "/token"
    authorize: str = "/authorize"
    introspection: str = "/introspect"
    userinfo: str = "/userinfo"
    pushed: str = "/par"
    ready: str = "/readyz"
    measures: str = ""
    """The FHIR base; empty for who has none."""


@dataclass(frozen=True, slots=True)
class Party:
    """A client of the provider."""

    client_id: str
    secret: str = ""
    jwk: Mapping[str, Any] | None = None
    """Its private key, for private_key_jwt."""
    audience: str = ""
    """Whom its assertions are meant for."""

    @property
    def basic(self) -> str:
        """RFC 6749 §2.3.1."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


class Target(Protocol):
    """What the measures need of a provider."""

    name: str
    origin: str
    endpoints: Endpoints
    client: Party
    keyed: Party | None
    """The client that proves itself by a key; None when there is none."""
    bound: Party | None
    """The client whose requests are pushed and whose tokens are bound to its key; None when there is none."""
    scope: str
    redirect_uri: str

    @property
    def server(self) -> "Server":
        """Its process."""
        ...

    def prepare(self, sessions: int) -> list[str]:
        """Make it ready to be measured, stopped; gives a Cookie header a signed-in browser."""
        ...

    def measures(self, session: int) -> str:
        """The scope by which a token of that session may add measures; empty for who keeps none."""
        ...

    def databases(self) -> list[int]:
        """The processes of its database, on this machine."""
        ...

    def about(self) -> dict[str, str]:
        """What it is and what it stands on."""
        ...

    def close(self) -> None:
        """Stop it and remove what it left."""
        ...


@dataclass
class Server:
    """One server process, started here, pinned to one core, stopped here."""

    command: Sequence[str]
    origin: str
    ready: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    core: str = ""
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        """The process and its children."""
        return machine.family(self.process.pid) if self.process else []

    @property
    def address(self) -> Address:
        """Where it listens."""
        host, _, port = self.origin.removeprefix("http://").partition(":")
        return ("127.0.0.1" if host == "localhost" else host), int(port)

    def start(self) -> float:
        """Start it; gives the seconds until its first good answer. Raises RuntimeError when it does not come up."""
        command = ["taskset", "-c", self.core, *self.command] if self.core else list(self.command)
        began = time.perf_counter()
        with self.log.open("ab") as log:
            # In a group of its own: only what we started is ever stopped.
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - began > _READY_WITHIN:
                self.stop()
                raise RuntimeError(f"the server does not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.005)
        return time.perf_counter() - began

    def stop(self) -> None:
        """Ask it to end, then insist."""
        if self.process is None:
            return
        for insisting in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, insisting)
                self.process.wait(_STOPPED_WITHIN)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()
        self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.origin + self.ready, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
