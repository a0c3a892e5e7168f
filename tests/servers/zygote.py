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
from service.server import options
from service.demo.stand import stand
from tests.conftest import SETTINGS
from tests.house import settings_for
from tests.servers import fuse


def main() -> None:
    """Until standard input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "start":
            answer = _start(asked)
        else:
            answer = {"status": os.waitpid(asked["pid"], 0)[1]}
        print(json.dumps(answer), flush=True)


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
    server = uvicorn.Server(uvicorn.Config(Application(house), **options(settings)))  # type: ignore[arg-type]
    server.config.load()
    server.config.loaded_app = fuse.Fused(server.config.loaded_app, _note(folder))
    serving = asyncio.ensure_future(server.serve([door]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    told.write(b"ready" if server.started else b"failed")
    told.close()
    await serving


def _note(folder: Path) -> Any:
    def said(where: str) -> None:
        (folder / "last_point").write_text(where)

    return said


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
