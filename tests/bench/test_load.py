"""The load generator asks as it is told, reads whole answers, and counts what is wrong."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from bench import load

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("heard", "body", "kept"),
    [
        (OK, b"ok", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", b"", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", b"abcd", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    ],
)
def test_an_answer_is_read_once_it_is_whole(heard: bytes, body: bytes, kept: bool) -> None:
    found = load.parse(heard)
    assert found is not None
    assert found[2:] == (body, kept)
    assert load.parse(heard[:-1]) is None


def test_an_answer_without_its_length_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="length"):
        load.parse(b"HTTP/1.1 200 OK\r\n\r\nabc")


class Echo:
    """Answers each request with the length of its body; closes the connection after some of them."""

    def __init__(self, closing_every: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._closing_every = closing_every
        self.address: load.Address = self._socket.getsockname()
        self.answered = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as heard:
            while line := heard.readline():
                length = 0
                while line not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                    line = heard.readline()
                said = b"%d" % len(heard.read(length))
                self.answered += 1
                last = self._closing_every and self.answered % self._closing_every == 0
                more = b"connection: close\r\n" if last else b""
                connection.sendall(b"HTTP/1.1 200 OK\r\n%scontent-length: %d\r\n\r\n%s" % (more, len(said), said))
                if last:
                    return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with closing(Echo()) as made:
        yield made


def post(size: int) -> bytes:
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (size, b"x" * size)


def test_every_request_is_sent_whole_and_once_however_long(echo: Echo) -> None:
    sizes = [0, 1, 5_000_000, 70_000, 3] * 8
    left = list(sizes)
    heard: list[int] = []

    def judge(status: int, head: bytes, body: bytes, size: int) -> bool:
        heard.append(int(body))
        return status == 200 and int(body) == size

    def following() -> load.Asked | None:
        return (post(left[-1]), left.pop()) if left else None

    found = load.run(echo.address, following, judge, concurrency=4, seconds=30)
    assert (found.count, found.errors, sorted(heard)) == (len(sizes), 0, sorted(sizes))
    assert 0 < found.percentile(50) <= found.percentile(99)


def test_a_server_that_closes_is_connected_to_again() -> None:
    with closing(Echo(closing_every=3)) as echo:
        left = [None] * 20
        found = load.run(
            echo.address,
            lambda: (post(1), left.pop()) if left else None,
            lambda status, head, body, _: body == b"1",
            concurrency=1,
            seconds=10,
        )
    assert (found.count, found.errors) == (20, 0)
    assert found.reconnects >= 6


def test_a_wrong_answer_is_counted_and_the_first_is_kept(echo: Echo) -> None:
    left = [1, 2, 3]
    found = load.run(
        echo.address,
        lambda: (post(left[-1]), left.pop()) if left else None,
        lambda status, head, body, size: size == 2,
        concurrency=1,
        seconds=10,
    )
    assert (found.count, found.errors) == (3, 2)
    assert found.first_error.endswith("| 3")


def test_time_is_what_ends_a_run_that_has_no_end(echo: Echo) -> None:
    found = load.run(echo.address, lambda: (post(1), None), lambda *_: True, concurrency=3, seconds=0.2)
    assert found.count > 3
    assert found.seconds < 5
