"""One server process: soon ready, small, and no larger after thousands of tokens (bench.growth goes further)."""

import base64
import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.running import Running

MEGABYTES = 150
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demo that was started before, so that its data are there and its modules compiled."""
    folder = tmp_path_factory.mktemp("growth")
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    one = Running(folder / "data", environ=compiled)
    one.start()
    one.stop()
    one.start()
    yield one
    one.stop()


def test_it_is_ready_in_two_seconds(server: Running) -> None:
    """Of its own time: other work of the machine that runs the tests is not its business."""
    assert server.process is not None
    spent = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    assert (int(spent[11]) + int(spent[12])) / TICKS < 2


def test_it_is_small(server: Running) -> None:
    assert server.resident() < MEGABYTES


def test_it_does_not_grow_with_what_it_issues(server: Running) -> None:
    """The first tokens fill what is kept for speed; after that, five thousand leave nothing behind."""
    _ask(server, 1_000)
    before = server.resident()
    _ask(server, 5_000)
    assert server.resident() - before < 5
    assert server.resident() < MEGABYTES


def _ask(server: Running, count: int) -> None:
    """So many tokens, each shown to introspection when it is the tenth."""
    known = server.party("bench")
    pair = base64.b64encode(f"bench:{known['client_secret']}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for number in range(count):
        token = _post(connection, "/token", {"grant_type": "client_credentials"}, headers)["access_token"]
        if number % 10 == 0:
            assert _post(connection, "/introspect", {"token": str(token)}, headers)["active"]
    connection.close()


def _post(
    connection: http.client.HTTPConnection, path: str, form: dict[str, str], headers: dict[str, str]
) -> dict[str, object]:
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    found: dict[str, object] = json.loads(body)
    return found
