"""Starts servers in no time: everything is imported once, and each server is a fork of this process.

Reads one JSON object a line on standard input and answers with one on standard output. `start` gives the number of the
process and its port once it answers; `wait` gives how it ended.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, BinaryIO

import uvicorn

from kit import telemetry
from kit.clock import DemoClock
from kit.database import Database
from service.app import Application
from service.demo.stand import stand
from service.server import options
from tests.conftest import SETTINGS
from tests.house import settings_for
from tests.servers import fuse


def main() -> None:
    """Until standard input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _start(asked) if asked["do"] == "start" else {"status": os.waitpid(asked["pid"], 0)[1]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _start(asked: dict[str, Any]) -> dict[str, Any]:
    door = socket.create_server(("127.0.0.1", 0), backlog=256)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _serve(asked, door, os.fdopen(writing, "wb"))
    os.close(writing)
    port = door.getsockname()[1]
    door.close()
    with os.fdopen(reading, "rb") as told:
        ready = told.read() == b"ready"
    return {"pid": pid, "port": port, "ready": ready}


def _serve(asked: dict[str, Any], door: socket.socket, told: BinaryIO) -> None:
    """The child: it never comes back."""
    folder = Path(asked["folder"])
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(os.open(folder / "log.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    try:
        asyncio.run(_live(asked, folder, door, told))
    except BaseException:
        telemetry.log.exception("server_failed")
    finally:
        os._exit(0)


async def _live(asked: dict[str, Any], folder: Path, door: socket.socket, told: BinaryIO) -> None:
    telemetry.configure(asked["level"])
    settings = settings_for(SETTINGS.issuer, SETTINGS.master_key, asked["url"])
    database = Database.open(asked["url"], synchronous="NORMAL")
    fuse.wire(database)
    card = json.loads((folder / "demo.json").read_text())
    house = stand(settings, folder, DemoClock(folder / "clock.json"), database, card, sockets=False)
    config = uvicorn.Config(Application(house), **options(settings))
    config.load()
    config.loaded_app = fuse.Fused(config.loaded_app, _note(folder))
    await Announced(config, told).serve([door])


class Announced(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, told: BinaryIO) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told.write(b"ready" if self.started else b"failed")
        self._told.close()


def _note(folder: Path) -> Any:
    def said(where: str) -> None:
        (folder / "last_point").write_text(where)

    return said


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
