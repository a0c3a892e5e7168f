"""Who calls, as throttles and journals know them: never what the caller says of themselves."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from kit.doorman import Doorman
from kit.limits import network_of

PROXY, CALLER = "10.0.0.1", "192.0.2.7"


async def heard(peer: str, lines: list[str], trusted: tuple[str, ...]) -> str:
    """The caller's address as the endpoints see it."""
    seen: list[str] = []

    async def endpoint(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["client_address"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        """Nobody listens."""

    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers, "client": (peer, 1)}
    await Doorman(endpoint, secure=False, trusted=trusted, log_requests=False)(scope, receive, send)
    return seen[0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], PROXY),
        ([CALLER], CALLER),
        ([f"203.0.113.9, {CALLER}"], CALLER),
        (["203.0.113.9", CALLER], CALLER),
        (["203.0.113.9", f"{CALLER}, 10.0.0.2"], CALLER),
        (["203.0.113.9, nonsense"], PROXY),
        (["10.9.9.9"], PROXY),
    ],
)
async def test_a_trusted_proxy_is_believed_for_its_own_hop_alone(lines: list[str], expected: str) -> None:
    """Also when it adds a line of its own below the one that the caller sent."""
    assert await heard(PROXY, lines, ("10.0.0.0/8",)) == expected


@pytest.mark.parametrize("trusted", [(), ("10.0.0.0/8",)])
async def test_nobody_else_is_believed(trusted: tuple[str, ...]) -> None:
    assert await heard(CALLER, ["203.0.113.9"], trusted) == CALLER


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_caller_is_counted_by_their_line(address: str, counted: str) -> None:
    assert network_of(address) == counted
