"""The demo's folder: its master key, its clock, its database, one demo at a time."""

import fcntl
import os
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from msgspec.structs import replace

from kit.clock import DemoClock
from kit.seals import Vault
from kit.settings import BadSettings
from service.demo.shape import Shape, certificates
from service.failure import Failure
from service.master_key import make
from service.settings import DatabaseSettings, Settings


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
        """Make the folder and its key, and take it for this process. Raises Failure."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock = (self.path / "lock").open("a")
        except OSError as error:
            raise Failure(f"{self.path}: {error.strerror}. Choose another folder with DATA= or --data.") from error
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"Another demo uses {self.path}. Stop it, or choose another DATA= and PORT=.") from None
        make(self.master_key)

    def found(self, base: Settings) -> Settings:
        """The settings of the demo that is kept here, on the port of its last start. Raises BadSettings."""
        from service.demo import card

        known = card.read(self.path)
        if not known or not self.master_key.exists():
            raise BadSettings(f"{self.path}: no demo is kept here (make one with: espace demo --data {self.path})")
        shape = Shape(port=int(known["port"]), issuer=str(known["issuer"]))
        return self.settings(base, shape, os.environ.get("DATABASE_URL", ""))

    def settings(self, base: Settings, shape: Shape, database_url: str = "") -> Settings:
        """What the demo decides; everything else is as the environment says."""
        database = DatabaseSettings(url=f"sqlite:///{self.path / 'espace.db'}", synchronous="NORMAL")
        tls = certificates(self.path, self._vault(), shape) if shape.tls else {}
        if database_url:
            database = replace(base.database, url=database_url)
        return replace(
            base,
            issuer=shape.address,
            master_key="",
            master_key_file=str(self.master_key),
            database=database,
            server=replace(base.server, port=shape.port, workers=1, background=True, trusted_proxies=(), **tls),
        )

    def _vault(self) -> Vault:
        return Vault(Settings(master_key_file=str(self.master_key)).master())
