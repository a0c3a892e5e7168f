"""The application that a server runs: the house, and the life around it."""

import os
from pathlib import Path

from starlette.types import Receive, Scope, Send

from kit import telemetry
from service.house import House, compose
from service.settings import Settings, check, read
from service.worker import Worker


class Application:
    """ASGI. Opens the house before the first request, keeps its background work, closes it after the last one."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._worker = Worker(house, everything=house.settings.server.background)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.house.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except Exception as error:
            telemetry.log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Open the house and begin the background work."""
        await self.house.open()
        self._worker.start()

    async def stop(self) -> None:
        """End the background work and close the house."""
        await self._worker.stop()
        await self.house.close()


def build(settings: Settings) -> Application:
    """The application of these settings. Raises kit.settings.BadSettings when they are unsafe."""
    check(settings)
    return Application(compose(settings))


def application() -> Application:
    """What each server process calls (`uvicorn service.app:application --factory`): settings from the environment."""
    file = os.environ.get("ESPACE_CONFIG")
    settings = read(Path(file) if file else None)
    telemetry.configure(settings.server.log_level)
    return build(settings)
