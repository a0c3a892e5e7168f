"""Which of our addresses pages of other sites may call from a browser (Fetch standard §3.2, "CORS protocol").

Only addresses that know a caller by a token or a proof that it sends itself, never by a cookie: there any origin may
call, for nothing is given to it that it could not ask for from elsewhere.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_READ = (b"www-authenticate", b"dpop-nonce", b"etag", b"location", b"last-modified", b"retry-after", b"x-request-id")
_SENT = (b"authorization", b"content-type", b"accept", b"dpop", b"if-match", b"if-none-match", b"prefer")
_MORE = (b"x-fapi-interaction-id",)
_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b", ".join(_READ + _MORE))
_PREFLIGHT = [
    _ORIGIN,
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b", ".join(_SENT + _MORE)),
    (b"access-control-max-age", b"7200"),
    (b"content-length", b"0"),
]


class Cors:
    """ASGI middleware for the addresses that begin with one of `open_to_all`, a whole path segment each."""

    def __init__(self, app: App, open_to_all: Sequence[str]) -> None:
        self._app = app
        self._exact = frozenset(open_to_all)
        self._under = tuple(f"{path}/" for path in open_to_all)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._asked(scope):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and any(key == b"access-control-request-method" for key, _ in scope["headers"]):
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if not pair[0].lower().startswith(b"access-control-")]
                message["headers"] = [*kept, _ORIGIN, _EXPOSED]
            await send(message)

        await self._app(scope, receive, answer)

    def _asked(self, scope: MutableMapping[str, Any]) -> bool:
        """A page of another site asks for one of these addresses."""
        path = scope["path"]
        if path not in self._exact and not path.startswith(self._under):
            return False
        return any(key == b"origin" for key, _ in scope["headers"])
