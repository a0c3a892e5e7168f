"""The first and last to see a request: its name, its caller, its size, its headers, its log line, its figures."""

import ipaddress
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from structlog.contextvars import bind_contextvars, reset_contextvars

from kit import telemetry

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MEGABYTE = 1024 * 1024


class TooLarge(Exception):
    """The body is larger than this address takes."""


class Doorman:
    """ASGI middleware. `rooms` gives larger bodies to some path prefixes (bytes); everything else takes 1 MB."""

    def __init__(
        self,
        app: App,
        *,
        secure: bool,
        trusted: Sequence[str] = (),
        rooms: Sequence[tuple[str, int]] = (),
        most: int = MEGABYTE,
        failed: Callable[[MutableMapping[str, Any]], App] | None = None,
        log_requests: bool = True,
        certificates: Callable[[MutableMapping[str, Any]], None] | None = None,
    ) -> None:
        """`certificates` reads what a proxy of ours says of the caller's certificate; of others it is not asked."""
        self._app = app
        self._trusted = [ipaddress.ip_network(network) for network in trusted]
        self._rooms = tuple(rooms)
        self._most = most
        self._failed = failed
        self._log = log_requests
        self._certificates = certificates
        self._headers = [(b"x-content-type-options", b"nosniff")]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        name = os.urandom(8).hex()
        scope["request_id"] = name
        before = bind_contextvars(request_id=name)  # every line written meanwhile has it
        peer = (scope.get("client") or ("", 0))[0]
        scope["client_address"] = self._caller(scope, peer) if self._trusted else peer
        if self._certificates is not None and self._ours(peer):
            self._certificates(scope)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers, (b"x-request-id", name.encode())]
                if "also" in scope:
                    message["headers"].extend(scope["also"].items())
            await send(message)

        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                await _plain(answer, 400, b'{"error":"invalid_request","error_description":"NUL in the address"}')
            else:
                await self._app(scope, self._bounded(scope, receive), answer)
        except Exception as error:
            if status:
                raise
            if isinstance(error, TooLarge):
                await _plain(answer, 413, b'{"error":"invalid_request","error_description":"the body is too large"}')
            else:
                telemetry.log.exception("request_failed", request_id=name, path=scope["path"])
                failed = self._failed(scope) if self._failed else None
                if failed is None:
                    await _plain(answer, 500, b'{"error":"server_error"}')
                else:
                    await failed(scope, receive, answer)
        finally:
            spent = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", None) or scope.get("route_name") or "other"
            telemetry.answered(scope["method"], route, status, spent)
            if self._log:
                telemetry.log.info(
                    "request",
                    request_id=name,
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(spent * 1000, 2),
                )
            reset_contextvars(**before)

    def _caller(self, scope: MutableMapping[str, Any], peer: str) -> str:
        """The nearest address in X-Forwarded-For that is not one of our proxies', when the peer is one of them."""
        if not self._ours(peer):
            return peer
        # A proxy may add its own line below one that the caller made up: they read as one list (RFC 9110 §5.3).
        lines = Headers(scope=scope).getlist("x-forwarded-for")
        hops = [hop.strip() for hop in ",".join(lines).split(",")]
        for hop in reversed(hops):
            if hop and not self._ours(hop):
                return hop if _is_address(hop) else peer
        return peer

    def _ours(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in network for network in self._trusted)

    def _bounded(self, scope: MutableMapping[str, Any], receive: Receive) -> Receive:
        most = self._most
        for prefix, room in self._rooms:
            if scope["path"].startswith(prefix):
                most = room
                break
        for key, value in scope["headers"]:
            if key == b"content-length" and value.isdigit() and int(value) > most:

                async def refused() -> Message:
                    raise TooLarge

                return refused
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise TooLarge
            return message

        return counted


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = MutableHeaders({"content-type": "application/json", "cache-control": "no-store"})
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
