"""`espace demo`: prepare the folder, fill a new database, say where to click first, serve."""

import os
import socket
from pathlib import Path

import uvicorn
from rich.console import Console
from uvicorn.supervisors import ChangeReload

from kit import telemetry
from kit.database import Database
from service.app import Application
from service.demo import card, welcome
from service.demo.folder import Folder
from service.demo.prepare import prepare
from service.demo.shape import Shape
from service.demo.stand import stand
from service.failure import Failure
from service.server import Server, options
from service.settings import ROOT, Settings, read

_WATCHED = ("kit", "keys", "notices", "clients", "consent", "idp", "dossier", "portal", "sandbox", "service")
_FOLDER, _SHAPE = "ESPACE_DEMO_DATA", "ESPACE_DEMO_SHAPE"


def run(folder: Path, shape: Shape, *, reload: bool = False, verbose: bool = False) -> None:
    """Start the demo and serve until stopped. Raises Failure."""
    console = Console()
    sockets = listen(shape.port, shape.host)
    place = Folder(folder.resolve())
    place.prepare()
    settings = settings_of(place, shape)
    found = prepare(place, settings, shape, console)
    welcome.show(console, found, place.path)
    os.environ[_FOLDER], os.environ[_SHAPE] = str(place.path), shape.to_json()
    if reload:
        _serve_again_and_again(sockets, settings)
    else:
        _serve(place, settings, shape, sockets, verbose)
    console.print("The demo is stopped; the next start finds everything as it is.")


def settings_of(place: Folder, shape: Shape) -> Settings:
    """The settings of the demo in that folder, of that shape; DATABASE_URL may name another database."""
    return place.settings(read(), shape, os.environ.get("DATABASE_URL", ""))


def application() -> Application:
    """What the reloading server calls: the demo of the folder that the environment names."""
    telemetry.configure("INFO", pretty=True)
    place = Folder(Path(os.environ[_FOLDER]))
    shape = Shape.from_json(os.environ[_SHAPE])
    return _application(place, settings_of(place, shape), shape)


def listen(port: int, host: str = "") -> list[socket.socket]:
    """Sockets of this machine alone, for `localhost` in both its spellings, and of `host` when it is said.

    Raises Failure when the port is taken.
    """
    found = []
    places = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    if host == "0.0.0.0":  # noqa: S104 - only when somebody says so, and no other socket beside it then
        places = [(socket.AF_INET, host)]
    elif host:
        places.append((socket.AF_INET6 if ":" in host else socket.AF_INET, host))
    for family, address in places:
        try:
            one = socket.socket(family, socket.SOCK_STREAM)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, port))
            one.listen(2048)
        except OSError as error:
            one.close()
            if address != "::1":
                words = (
                    f"Port {port} is taken by another program"
                    if error.errno == 98
                    else f"Port {port}: {error.strerror}"
                )
                raise Failure(f"{words}. Choose another one: make demo PORT={port + 1}") from error
            continue  # a machine without IPv6
        one.set_inheritable(True)
        found.append(one)
    return found


def _application(place: Folder, settings: Settings, shape: Shape) -> Application:
    chosen = settings.database
    database = Database.open(chosen.url, pool_size=chosen.pool_size, synchronous=chosen.synchronous)
    return Application(stand(settings, place.path, place.clock, database, card.read(place.path), shape=shape))


def _serve(place: Folder, settings: Settings, shape: Shape, sockets: list[socket.socket], verbose: bool) -> None:
    telemetry.configure("INFO" if verbose else "WARNING", pretty=True)
    config = uvicorn.Config(_application(place, settings, shape), **options(settings))
    Server(config).run(sockets)


def _serve_again_and_again(sockets: list[socket.socket], settings: Settings) -> None:
    """Start anew at each change of a Python file; templates and styles are read again without that."""
    for one in sockets:
        one.close()
    how = options(settings) | {"factory": True, "reload": True, "reload_dirs": [str(ROOT / name) for name in _WATCHED]}
    config = uvicorn.Config("service.demo.run:application", **how)
    ChangeReload(config, target=Server(config).run, sockets=[config.bind_socket()]).run()
