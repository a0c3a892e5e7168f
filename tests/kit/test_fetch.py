"""Somebody else's address is called within limits that they do not choose: real servers, real names, real TLS."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit import addresses
from kit.fetch import Fetch, FetchSettings, Forbidden, Own, Unanswered, Unreachable, Unusable
from tests.stands import JSON, Says, said, standing

HERE = FetchSettings(loopback=True, deadline=timedelta(seconds=0.6))


@pytest.fixture
async def fetch() -> AsyncIterator[Fetch]:
    made = Fetch(HERE)
    yield made
    made.close()


async def test_what_is_there_is_fetched(fetch: Fetch) -> None:
    async with standing(said()) as stand:
        assert await fetch.json(stand.url) == {"a": [1]}
        assert await fetch.text(stand.url) == JSON.decode()
    head = stand.asked[0].lower()
    assert head.startswith("get /x http/1.1\r\n")
    assert f"host: 127.0.0.1:{stand.port}\r\n" in head
    assert "accept-encoding: identity" in head


async def test_things_are_sent_and_any_status_is_an_answer(fetch: Fetch) -> None:
    async with standing(said(b"", "204 No Content")) as stand:
        answer = await fetch.post(stand.url, form={"logout_token": "a b"}, headers={"X-One": "1"})
        assert (answer.ok, answer.status, answer.body) == (True, 204, b"")
        await fetch.post(stand.url, json={"a": 1}, headers={"Authorization": "Bearer t"})
        await fetch.post(stand.url, content=b"set", headers={"Content-Type": "application/secevent+jwt"})
    assert "application/x-www-form-urlencoded" in stand.asked[0]
    assert stand.asked[0].endswith("\r\n\r\nlogout_token=a+b")
    assert stand.asked[1].endswith('\r\n\r\n{"a":1}')
    assert "\r\nauthorization: Bearer t\r\n" in stand.asked[1]
    assert "application/secevent+jwt" in stand.asked[2]
    async with standing(said(b"{}", "400 Bad Request")) as stand:
        answer = await fetch.post(stand.url, json={})
        assert (answer.ok, answer.status) == (False, 400)


async def test_a_redirect_is_not_followed(fetch: Fetch) -> None:
    async with standing(said()) as secret:
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
            async with standing(said(b"", status, f"location: {secret.url}")) as stand:
                with pytest.raises(Unusable, match="status 30"):
                    await fetch.json(stand.url)
                assert (await fetch.post(stand.url, json={})).status == int(status[:3])
    assert secret.asked == []


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "206 Partial", "404 Not Found", "500 Broken"])
async def test_only_a_200_is_what_was_asked_for(fetch: Fetch, status: str) -> None:
    async with standing(said(b"" if status.startswith("204") else JSON, status)) as stand:
        with pytest.raises(Unusable, match="status"):
            await fetch.json(stand.url)


async def test_what_is_too_large_is_cut_off_while_it_comes(fetch: Fetch) -> None:
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4000\r\n" + b"a" * 0x4000 + b"\r\n")
            await writer.drain()
            sent += 0x4000

    async with standing(pour) as stand:
        with pytest.raises(Unusable, match="too large"):
            await fetch.text(stand.url)
    assert sent < 20_000_000
    async with standing(said(b" " * 65_535 + b"1")) as stand:
        assert await fetch.json(stand.url) == 1
    async with standing(said(b" " * 65_536 + b"1")) as stand:
        with pytest.raises(Unusable, match="too large"):
            await fetch.json(stand.url)


async def test_headers_without_end_are_cut_off_too(fetch: Fetch) -> None:
    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"a" * 0x4000 + b"\r\n")
            await writer.drain()

    async with standing(pour) as stand:
        with pytest.raises(Unanswered):
            await fetch.text(stand.url)


async def test_compressed_answers_are_refused_before_they_swell(fetch: Fetch) -> None:
    for encoding in ("gzip", "br", "deflate", "zstd", "x-anything"):
        async with standing(said(JSON, "200 OK", f"content-encoding: {encoding}")) as stand:
            with pytest.raises(Unusable, match="compressed"):
                await fetch.json(stand.url)


async def _never(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def _drop_by_drop(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("slowly", [_never, _drop_by_drop])
async def test_who_is_slow_is_left(fetch: Fetch, slowly: Says) -> None:
    async with standing(slowly) as stand:
        began = time.monotonic()
        with pytest.raises(Unanswered, match="in time"):
            await fetch.json(stand.url)
        assert time.monotonic() - began < 1.5


async def test_what_is_no_http_or_no_json_is_refused(fetch: Fetch) -> None:
    for strange in (b"hello\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}"):
        async with standing(strange) as stand:
            with pytest.raises(Unanswered):
                await fetch.json(stand.url)
    for body in (b"{", b"<html>", b"\xff\xfe", b"[" * 60_000):
        async with standing(said(body)) as stand:
            with pytest.raises(Unusable):
                await fetch.json(stand.url)
    async with standing(said(b"\xff")) as stand:
        with pytest.raises(Unusable, match="UTF-8"):
            await fetch.text(stand.url)


async def test_nobody_at_home_is_said(fetch: Fetch) -> None:
    async with standing(said()) as stand:
        pass
    with pytest.raises(Unanswered):
        await fetch.json(stand.url)
    with pytest.raises(Unanswered, match="name"):
        await fetch.json("https://nobody.invalid/")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "data:,x",
        "example.org", "https://", "https:///x", "//example.org/", "", "https://user@example.org/", "https://user:word@example.org/",
        "https://@example.org/", "https://example.org:22/", "https://example.org:80/", "https://example.org:0/",
        "https://example.org:99999/", "https://example.org:x/", "https://exa mple.org/", "https://example.org\\@127.0.0.1/",
        "https://example.org/\n", "https://example.org/\0", "https://éxample.org/", "https://example.org/" + "a" * 3000,
        "https://[::1", "https://example.org%00/", "https://127.0.0.1%2f@example.org/",
    ],
)  # fmt: skip
async def test_an_address_of_the_wrong_form_is_called_by_nobody(url: str) -> None:
    fetch = Fetch(FetchSettings())
    with pytest.raises(Unreachable) as caught:
        await fetch.json(url)
    assert isinstance(caught.value, Forbidden)
    assert fetch.refused(url)
    fetch.close()


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "0", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "10.0.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.1", "192.0.2.1", "198.18.0.1",
        "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[fd12::1]",
        "[fec0::1]", "[ff02::1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]",
        "[2001:db8::1]", "[100::1]",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_called_by_nobody(host: str) -> None:
    fetch = Fetch(FetchSettings())
    with pytest.raises(Forbidden, match=r"an address that we do not call|not an address"):
        await fetch.json(f"https://{host}/")
    assert host == "localhost" or fetch.refused(f"https://{host}/")  # a name is looked up only when it is called
    fetch.close()


@pytest.mark.parametrize("host", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_a_public_address_is_public(host: str) -> None:
    assert addresses.public(addresses.read(host))


def test_a_zone_and_a_disguise_do_not_hide_an_address() -> None:
    assert addresses.read("fe80::1%eth0") == ip_address("fe80::1")
    assert addresses.read("::ffff:10.1.2.3") == ip_address("10.1.2.3")
    assert addresses.within(ip_address("10.1.2.3"), ["10.1.0.0/16"])
    assert not addresses.within(ip_address("10.2.2.3"), ["10.1.0.0/16"])


async def test_this_machine_is_called_only_where_the_settings_say_so() -> None:
    async with standing(said()) as stand:
        closed = Fetch(FetchSettings(ports=(443, stand.port)))
        for url in (stand.url, stand.url.replace("http:", "https:")):
            with pytest.raises(Forbidden):
                await closed.json(url)
        closed.close()
        other = Fetch(HERE)
        with pytest.raises(Forbidden):  # 10.0.0.1 is not this machine
            await other.json(f"http://10.0.0.1:{stand.port}/")
        with pytest.raises(Forbidden):
            await other.json("http://127.0.0.1:22/")
        other.close()
    assert stand.asked == []


async def test_a_name_is_looked_up_once_and_all_that_it_stands_for_is_checked(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that stands for us the first time and for something else the second (DNS rebinding) gains nothing."""
    asked: list[str] = []
    stands_for: list[list[str]] = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", (one, port)) for one in stands_for.pop(0)]

    monkeypatch.setattr("kit.fetch.socket.getaddrinfo", look_up)
    async with standing(said()) as stand:
        stands_for[:] = [["127.0.0.1"], ["10.0.0.1"]]
        assert await fetch.json(f"http://rebind.example:{stand.port}/") == {"a": [1]}
        assert f"host: rebind.example:{stand.port}\r\n" in stand.asked[0].lower()
        assert asked == ["rebind.example"]
        stands_for[:] = [["127.0.0.1", "10.0.0.1"]]
        with pytest.raises(Forbidden):
            await fetch.json(f"http://mixed.example:{stand.port}/")
        assert len(stand.asked) == 1
        stands_for[:] = [["127.0.0.2", "127.0.0.1"]]  # nobody listens at the first: the next one is tried
        assert await fetch.json(f"http://two.example:{stand.port}/") == {"a": [1]}


async def test_no_proxy_no_cookie_no_environment(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing(said()) as proxy, standing(said(JSON, "200 OK", "set-cookie: a=b; path=/")) as stand:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await fetch.json(stand.url)
        await fetch.json(stand.url)
    assert proxy.asked == []
    assert not any("cookie" in one.lower() for one in stand.asked)


async def test_callers_do_not_choose_the_host(fetch: Fetch) -> None:
    with pytest.raises(ValueError):
        await fetch.post("https://example.org/", json={}, headers={"Host": "other.example"})
    with pytest.raises((ValueError, Unreachable)):
        async with standing(said()) as stand:
            await fetch.post(stand.url, json={}, headers={"X-One": "1\r\nX-Two: 2"})


async def test_one_slow_host_does_not_hold_up_the_others(fetch: Fetch) -> None:
    async with standing(_never) as slow, standing(said()) as quick:
        waiting = [asyncio.create_task(fetch.json(slow.url)) for _ in range(12)]
        await asyncio.sleep(0.1)
        assert sum(one.done() for one in waiting) == 4  # eight wait, the others were told at once
        assert await fetch.json(quick.url.replace("127.0.0.1", "localhost")) == {"a": [1]}
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, Unanswered) for one in results)


async def test_our_own_address_is_reached_without_leaving_the_process() -> None:
    async def app(scope: object, receive: object, send: Callable[[object], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": JSON})

    fetch = Fetch(FetchSettings(), Own("https://own.example", httpx2.ASGITransport(app)))
    assert await fetch.json("https://own.example/jwks") == {"a": [1]}
    for other in ("https://own.example.evil.invalid/", "http://own.example/", "https://own.example:444/"):
        with pytest.raises(Unreachable):
            await fetch.json(other)
    fetch.close()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """An authority of our own, and a server with a certificate for tls.example."""
    folder = tmp_path_factory.mktemp("tls")
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    now = datetime.now(UTC)

    def certificate(name: x509.Name, public: ec.EllipticCurvePublicKey, ca: bool) -> x509.Certificate:
        made = x509.CertificateBuilder(root, name, public, x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if not ca:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("tls.example")]), critical=False)
        return made.sign(authority, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate(root, authority.public_key(), True).public_bytes(pem))
    leaf = certificate(x509.Name([]), key.public_key(), False).public_bytes(pem)
    (folder / "leaf.pem").write_bytes(
        leaf + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    return folder / "ca.pem", context


async def test_the_certificate_is_checked_for_the_name_though_the_address_is_called(
    certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.fetch.socket.getaddrinfo", lambda host, port, **_: [(2, 1, 6, "", ("127.0.0.1", port))])
    authority, context = certified
    asked: list[str | None] = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    knowing = Fetch(FetchSettings(loopback=True, ca_file=str(authority)))
    unknowing = Fetch(FetchSettings(loopback=True))
    async with standing(said(), context) as stand:
        assert await knowing.json(f"https://tls.example:{stand.port}/x") == {"a": [1]}
        assert asked == ["tls.example"]
        with pytest.raises(Unanswered):
            await knowing.json(f"https://other.example:{stand.port}/x")
        with pytest.raises(Unanswered):
            await unknowing.json(f"https://tls.example:{stand.port}/x")
        private = Fetch(FetchSettings(allowed_networks=("127.0.0.0/8",), ports=(stand.port,), ca_file=str(authority)))
        assert await private.json(f"https://tls.example:{stand.port}/x") == {"a": [1]}
        with pytest.raises(Forbidden):
            await private.json(f"http://tls.example:{stand.port}/x")
        private.close()
    assert len(stand.asked) == 2
    knowing.close()
    unknowing.close()


async def test_a_friend_of_a_demonstration_is_called_wherever_it_is(certified: tuple[Path, ssl.SSLContext]) -> None:
    async with standing(said(), certified[1]) as stand, standing(said(), certified[1]) as other:
        origin = f"https://127.0.0.1:{stand.port}"
        fetch = Fetch(FetchSettings(), friends=[origin])
        assert fetch.refused(f"{origin}/x") is None
        assert await fetch.json(f"{origin}/x") == {"a": [1]}
        for stranger in (f"https://127.0.0.1:{other.port}/x", f"http://127.0.0.1:{stand.port}/x"):
            with pytest.raises(Forbidden):
                await fetch.json(stranger)
        fetch.close()
