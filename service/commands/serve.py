"""`espace serve` and `espace worker`."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import click
from msgspec.structs import replace

from kit import telemetry
from service.commands.common import settings_of
from service.settings import Settings, check


@click.command()
@click.option("--host", help="Address to listen on (server.host).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (server.port).")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes (server.workers).")
@click.pass_obj
def serve(folder: Path | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Answer requests. Stops when asked to (SIGTERM), after the requests under way."""
    settings = settings_of(folder)
    given = {"host": host, "port": port, "workers": workers}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = replace(settings, server=replace(settings.server, **chosen))
    check(settings)
    telemetry.configure(settings.server.log_level)
    if settings.server.workers > 1:
        _several(settings)
    else:
        _one(settings)


@click.command()
@click.pass_obj
def worker(folder: Path | None) -> None:
    """Deliver, purge, end what is over, change keys: everything that no request waits for.

    For a deployment whose servers do not (server.background = false). Several may run.
    """
    settings = settings_of(folder)
    telemetry.configure(settings.server.log_level)
    asyncio.run(_work(settings))


def _one(settings: Settings) -> None:
    import uvicorn

    from service.app import build
    from service.server import Server, options

    Server(uvicorn.Config(build(settings), **options(settings))).run()


def _several(settings: Settings) -> None:
    """Each process reads the settings again from the file and the environment."""
    import uvicorn

    from service.server import options

    os.environ["ESPACE_SERVER__WORKERS"] = str(settings.server.workers)
    uvicorn.run("service.app:application", factory=True, workers=settings.server.workers, **options(settings))


async def _work(settings: Settings) -> None:
    from service.house import compose
    from service.worker import Worker

    house = compose(settings)
    await house.open()
    running = asyncio.ensure_future(Worker(house).run())
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(asked, running.cancel)
    telemetry.log.info("worker_started")
    with suppress(asyncio.CancelledError):
        await running
    await house.close()
    telemetry.log.info("worker_stopped")
