"""uvicorn, as this house runs it."""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from service import tls
from service.settings import Settings


class Server(uvicorn.Server):
    """Ends with exit code 0 when it was asked to stop and did: uvicorn would send itself the signal once more."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # everything made so far stays: a collection need not stop requests to look at it

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def options(settings: Settings) -> dict[str, Any]:
    """For `uvicorn.Config`. Its access log would keep queries; headers of proxies are the doorman's business."""
    return {
        "host": settings.server.host,
        "port": settings.server.port,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,
        "backlog": 2048,
        "timeout_graceful_shutdown": int(settings.server.graceful_stop.total_seconds()),
        **tls.options(settings.server),
    }
