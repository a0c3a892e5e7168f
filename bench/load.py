"""A closed-loop load generator on one thread: plain sockets and epoll, some fifteen microseconds a request.

Each of some kept-alive connections asks for its next request, sends it, waits for the whole answer, and hands it over.
"""

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Asked = tuple[bytes, Any]
"""The bytes of a request, and whatever who judges its answer needs to know."""
Next = Callable[[], Asked | None]
"""Gives the next request; None when there is none left."""
Judge = Callable[[int, bytes, bytes, Any], bool]
"""Looks at (status, head, body, what was given with the request): True when the answer is the one expected."""
Address = tuple[str, int]

_LONGEST_SILENCE = 20.0
"""Seconds without any answer after which a run is given up."""
_CHUNK = 262_144


@dataclass
class Result:
    """What one run saw."""

    count: int = 0
    errors: int = 0
    seconds: float = 0.0
    generator: float = 0.0
    """CPU seconds of the generator itself."""
    reconnects: int = 0
    nanoseconds: list[int] = field(default_factory=list)
    first_error: str = ""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.count / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """That percentile of the time to answer, in milliseconds."""
        if not self.nanoseconds:
            return 0.0
        ordered = sorted(self.nanoseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] / 1e6


@dataclass(slots=True)
class _Connection:
    """One connection and what it is doing."""

    wire: socket.socket | None = None
    asked: bytes = b""
    sent: int = 0
    note: Any = None
    began: int = 0
    heard: bytes = b""
    full: bool = False
    """The socket took a part of the request only: the rest goes when it has room."""


class _Run:
    """A run under way."""

    def __init__(self, address: Address, following: Next, judge: Judge, seconds: float) -> None:
        self.result = Result()
        self._address = address
        self._following = following
        self._judge = judge
        self._until = time.perf_counter_ns() + int(seconds * 1e9)
        self._poll = select.epoll()
        self._known: dict[int, _Connection] = {}

    def go(self, concurrency: int) -> Result:
        began, spent = time.perf_counter_ns(), time.process_time()
        for _ in range(concurrency):
            self._launch(_Connection())
        while self._known:
            events = self._poll.poll(_LONGEST_SILENCE)
            if not events:
                self._wrong(b"no answer within %d s" % _LONGEST_SILENCE, len(self._known))
                break
            for number, event in events:
                connection = self._known.get(number)
                if connection is not None:
                    self._turn(connection, event)
        self.result.seconds = (time.perf_counter_ns() - began) / 1e9
        self.result.generator = time.process_time() - spent
        for connection in list(self._known.values()):
            self._drop(connection)
        self._poll.close()
        return self.result

    def _turn(self, connection: _Connection, event: int) -> None:
        if connection.sent < len(connection.asked):
            if not event & select.EPOLLOUT:
                self._again(connection)
                return
            self._send(connection)
            return
        closed = False
        try:
            data = connection.wire.recv(_CHUNK) if connection.wire else b""
            closed = not data
        except BlockingIOError:
            return
        except ConnectionResetError:
            data, closed = b"", True
        connection.heard = connection.heard + data if connection.heard else data
        answer = parse(connection.heard)
        if answer is None:
            if closed:  # it closed while we were asking: ask again
                self._again(connection)
            return
        status, head, body, kept = answer
        self.result.nanoseconds.append(time.perf_counter_ns() - connection.began)
        self.result.count += 1
        if not self._judge(status, head, body, connection.note):
            self._wrong(head[:160] + b" | " + body[:300])
        connection.heard = b""
        if closed or not kept:
            self._drop(connection)
            self.result.reconnects += 1
        self._launch(connection)

    def _launch(self, connection: _Connection) -> None:
        """Send the next request, connecting first when needed: that time counts."""
        asked = self._following() if time.perf_counter_ns() < self._until else None
        if asked is None:
            self._drop(connection)
            return
        connection.asked, connection.note = asked
        connection.began = time.perf_counter_ns()
        connection.sent = 0
        if connection.wire is None:
            self._connect(connection)
        self._send(connection)

    def _send(self, connection: _Connection) -> None:
        while connection.sent < len(connection.asked) and connection.wire is not None:
            rest = connection.asked if not connection.sent else memoryview(connection.asked)[connection.sent :]
            try:
                connection.sent += connection.wire.send(rest)
            except BlockingIOError:
                connection.full = True
                self._poll.modify(connection.wire.fileno(), select.EPOLLOUT)
                return
            except (BrokenPipeError, ConnectionResetError):
                self._again(connection)
                return
        if connection.wire is not None and connection.full:
            connection.full = False
            self._poll.modify(connection.wire.fileno(), select.EPOLLIN)

    def _again(self, connection: _Connection) -> None:
        self._drop(connection)
        self.result.reconnects += 1
        if self.result.reconnects > 10_000:
            raise ConnectionError("the server closes every connection")
        connection.sent, connection.heard, connection.full = 0, b"", False
        self._connect(connection)
        self._send(connection)

    def _connect(self, connection: _Connection) -> None:
        connection.wire = socket.create_connection(self._address, timeout=10)
        connection.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.wire.setblocking(False)
        self._known[connection.wire.fileno()] = connection
        self._poll.register(connection.wire.fileno(), select.EPOLLIN)

    def _drop(self, connection: _Connection) -> None:
        if connection.wire is not None:
            self._poll.unregister(connection.wire.fileno())
            del self._known[connection.wire.fileno()]
            connection.wire.close()
            connection.wire = None

    def _wrong(self, said: bytes, times: int = 1) -> None:
        self.result.errors += times
        self.result.first_error = self.result.first_error or said.decode("latin-1")


def run(address: Address, following: Next, judge: Judge, *, concurrency: int = 16, seconds: float = 5.0) -> Result:
    """Ask for so long, or until there is nothing left to ask. Requests under way at the end are waited for."""
    return _Run(address, following, judge, seconds).go(concurrency)


def one(address: Address, request: bytes) -> tuple[int, bytes, bytes]:
    """Ask once: (status, head, body)."""
    heard: list[tuple[int, bytes, bytes]] = []
    left: list[Asked] = [(request, None)]

    def keep(status: int, head: bytes, body: bytes, _: Any) -> bool:
        heard.append((status, head, body))
        return True

    run(address, lambda: left.pop() if left else None, keep, concurrency=1, seconds=30)
    return heard[0]


def parse(heard: bytes) -> tuple[int, bytes, bytes, bool] | None:
    """(status, head, body, kept alive) once the whole answer is there: by its length, or in chunks (RFC 9112 §6)."""
    end = heard.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = heard[:end]
    status = int(head[9:12])
    small = head.lower()
    kept = b"\r\nconnection: close" not in small
    start = end + 4
    at = small.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = small.find(b"\r\n", at + 2)
        length = int(small[at + 17 : stop if stop >= 0 else None])
        return (status, head, heard[start : start + length], kept) if len(heard) >= start + length else None
    if b"\r\ntransfer-encoding: chunked" in small:
        body = _chunks(heard, start)
        return None if body is None else (status, head, body, kept)
    if status in {204, 304}:
        return status, head, b"", kept
    raise ValueError("an answer without its length")


def _chunks(heard: bytes, at: int) -> bytes | None:
    parts: list[bytes] = []
    while True:
        line = heard.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(heard[at:line].split(b";")[0], 16)
        stop = line + 2 + size
        if len(heard) < stop + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(heard[line + 2 : stop])
        at = stop + 2
