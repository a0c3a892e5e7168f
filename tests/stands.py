"""Small real servers on this machine, which say whatever a test wants them to say."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

JSON = b'{"a": [1]}'


@dataclass
class Stand:
    """A server that says what it is told to, and remembers what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x"


Says = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def standing(says: bytes | Says, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stand]:
    """A server on a free port: `says` is its answer, or writes it."""
    stand = Stand()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0
            )
            stand.asked.append((head + await reader.readexactly(length)).decode())
            if isinstance(says, bytes):
                writer.write(says)
                await writer.drain()
            else:
                await says(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    stand.port = server.sockets[0].getsockname()[1]
    try:
        yield stand
    finally:
        server.close()


def said(body: bytes = JSON, status: str = "200 OK", *more: str) -> bytes:
    """A whole HTTP answer."""
    head = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
