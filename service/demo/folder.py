"""The demo's folder: its master key, its clock, its database, one demo at a time."""

import base64
import fcntl
import os
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from msgspec.structs import replace

from kit.clock import DemoClock
from kit.settings import BadSettings
from service.settings import DatabaseSettings, Settings


class Trouble(Exception):
    """The demo cannot start; the message says why and what to do."""


@dataclass(slots=True)
class Folder:
    """DATA, prepared."""

    path: Path
    lock: TextIOWrapper | None = None

    @property
    def clock(self) -> DemoClock:
        """The demo's clock; how far it was moved is kept here."""
        return DemoClock(self.path / "clock.json")

    @property
    def master_key(self) -> Path:
        """The demo's own master key."""
        return self.path / "master.key"

    def prepare(self) -> None:
        """Make the folder and its key, and take it for this process. Raises Trouble."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock = (self.path / "lock").open("a")
        except OSError as error:
            raise Trouble(f"{self.path}: {error.strerror}. Choose another folder with DATA= or --data.") from error
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"Another demo uses {self.path}. Stop it, or choose another DATA= and PORT=.") from None
        make_key(self.master_key)

    def settings(self, base: Settings, port: int, database_url: str = "") -> Settings:
        """What the demo decides; everything else is as the environment says."""
        database = DatabaseSettings(url=f"sqlite:///{self.path / 'espace.db'}", synchronous="NORMAL")
        if database_url:
            database = replace(base.database, url=database_url)
        return replace(
            base,
            issuer=f"http://localhost:{port}",
            master_key="",
            master_key_file=str(self.master_key),
            database=database,
            server=replace(base.server, port=port, workers=1, background=True, trusted_proxies=()),
        )


def make_key(file: Path, *, must_be_new: bool = False) -> bool:
    """Write 32 random bytes in base64 that only their owner can read; False when the file is there already.

    Raises BadSettings when it cannot be written, or is there and `must_be_new`.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if must_be_new:
            raise BadSettings(f"{file} exists: a master key is never overwritten") from None
        return False
    except OSError as error:
        raise BadSettings(f"{file}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as target:
        target.write(base64.b64encode(os.urandom(32)) + b"\n")
    return True
