"""Call an address that somebody else gave us, without letting them choose what we reach (SSRF)."""

import asyncio
import re
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec

from kit import addresses

_STRANGE = re.compile(r"[^\x21-\x7e]|\\")
_AUTHORITY = re.compile(r"[A-Za-z]+://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?(?=[/?#]|$)")
"""A host and a port, without anything whose reading differs from one program to the next: user names, escapes."""
_LONGEST = 2048
_MOST_AT_ONCE = 64
_MOST_AT_ONE_HOST = 8
_CONNECT = 0.8
"""Seconds for one of a host's addresses, so that the next one has its turn."""


class FetchSettings(msgspec.Struct, frozen=True):
    """How far the provider goes to reach what clients registered: keys, request objects, addresses to notify."""

    allowed_networks: tuple[str, ...] = ()
    """Private networks ("10.1.0.0/16") that may be called all the same; public addresses always may."""
    ports: tuple[int, ...] = (443, 8443)
    """Ports that may be called."""
    loopback: bool = False
    """This machine may be called, on any port from 1024, by http too. For a demonstration and tests only."""
    deadline: timedelta = timedelta(seconds=2)
    """For everything: the name, the connection, the answer to its last byte."""
    largest: int = 65_536
    """Bytes that an answer may have."""
    ca_file: str = ""
    """Certificates (PEM) of authorities trusted beside the usual ones."""


class Unreachable(Exception):
    """Nothing usable was reached; the message says why, for the log, without the address."""


class Forbidden(Unreachable):
    """The address is not one that we call. Trying again is of no use."""


class Unanswered(Unreachable):
    """No answer, or not in time."""


class Unusable(Unreachable):
    """An answer, but not one that we take: its status, its size, its form."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """True for a 2xx status."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Own:
    """Our own address, called without leaving the process: from inside, its name may lead nowhere."""

    origin: str
    transport: httpx2.AsyncBaseTransport


class Fetch:
    """https only, public addresses only, each name looked up once, no redirect, no proxy, no cookie, small and quick.

    The address that was checked is the one that is connected to; the certificate is checked for the name.
    """

    def __init__(self, settings: FetchSettings, own: Own | None = None, friends: Collection[str] = ()) -> None:
        """`friends` are origins called wherever they lead, whatever certificate they show: for a demonstration only."""
        self._settings = settings
        self._own = own
        self._friends = frozenset(friends)
        self._names = ThreadPoolExecutor(max_workers=32, thread_name_prefix="names")
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._busy = Counter[str]()

    async def json(self, url: str, *, accept: str = "application/json") -> Any:
        """The JSON at an address that answers 200. Raises Unreachable."""
        body = await self._get(url, accept)
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Unusable("not JSON") from error

    async def text(self, url: str, *, accept: str = "*/*") -> str:
        """The UTF-8 text at an address that answers 200. Raises Unreachable."""
        try:
            return (await self._get(url, accept)).decode()
        except UnicodeDecodeError as error:
            raise Unusable("not UTF-8") from error

    async def post(
        self,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form, JSON or bytes (with a content type among `headers`); the answer, whatever its status.

        Raises Forbidden, Unanswered, or Unusable when the answer is too large.
        """
        said = {name.lower(): value for name, value in (headers or {}).items()}
        if form is not None:
            content, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
            said.setdefault("content-type", kind)
        elif json is not None:
            content = msgspec.json.encode(json)
            said.setdefault("content-type", "application/json")
        return await self._call("POST", url, said, content)

    def refused(self, url: str) -> str | None:
        """Why an address could never be called, before its name is looked up; None when it may be."""
        try:
            read = self._read(url)
            number = addresses.written(read.raw_host.decode().strip("[]"))
            if number is not None and _origin(read) not in self._friends and not self._ours(read):
                self._judge(read, number)
        except Forbidden as error:
            return str(error)
        return None

    def close(self) -> None:
        """Look up no more names."""
        self._names.shutdown(wait=False, cancel_futures=True)

    async def _get(self, url: str, accept: str) -> bytes:
        answer = await self._call("GET", url, {"accept": accept}, b"")
        if answer.status != 200:
            raise Unusable(f"status {answer.status}")
        return answer.body

    async def _call(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        if {"host", "cookie", "transfer-encoding", "content-length"} & headers.keys():
            raise ValueError("a header that is not the caller's to choose")
        read = self._read(url)
        said = {"user-agent": "espace", "accept-encoding": "identity", "connection": "close", **headers}
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()), self._place(read.host):
                request = httpx2.Request(method, read, headers=said, content=content if method == "POST" else None)
                if self._own is not None and self._ours(read):
                    return await self._exchange(self._own.transport, request)
                return await self._outside(request)
        except TimeoutError as error:
            raise Unanswered("no answer in time") from error

    def _read(self, url: str) -> httpx2.URL:
        if len(url) > _LONGEST or _STRANGE.search(url):
            raise Forbidden("not an address")
        try:
            read = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise Forbidden("not an address") from error
        if not read.host or not _AUTHORITY.match(url):
            raise Forbidden("no host, or more than a host")
        if _origin(read) in self._friends or self._ours(read):
            return read
        if read.scheme != "https" and not (read.scheme == "http" and self._settings.loopback):
            raise Forbidden("not https")
        if _port(read) not in self._settings.ports and not (self._settings.loopback and _port(read) >= 1024):
            raise Forbidden("a port that we do not call")
        return read

    async def _outside(self, request: httpx2.Request) -> Answer:
        """Try each of the host's addresses, all of them checked before the first is called."""
        name = request.url.raw_host.decode().strip("[]")
        failure: Exception | None = None
        known = await self._addresses(request.url)
        for address in known:
            pinned = request.url.copy_with(host=str(address))
            patience = {"connect": _CONNECT} if address != known[-1] else {}
            asked = httpx2.Request(
                request.method,
                pinned,
                headers=request.headers,  # Host among them: the name, not the address
                content=request.content,
                extensions={"sni_hostname": name, "timeout": patience},
            )
            transport = httpx2.AsyncHTTPTransport(
                verify=self._lenient if self._friendly(request.url) else self._tls,
                trust_env=False,
                limits=httpx2.Limits(max_keepalive_connections=0),
            )
            async with transport:
                try:
                    return await self._exchange(transport, asked)
                except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                    failure = error
                except httpx2.HTTPError as error:
                    raise Unanswered(type(error).__name__) from error
        raise Unanswered(type(failure).__name__) from failure

    async def _addresses(self, url: httpx2.URL) -> list[addresses.Address]:
        """What the name stands for. Raises Forbidden when any of it is not for us: a name cannot mix the two."""
        host, port = url.raw_host.decode().strip("[]"), _port(url)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._names, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as error:
            raise Unanswered("name not found") from error
        known = list(dict.fromkeys(addresses.read(str(one[4][0])) for one in found))
        if not self._friendly(url):
            for address in known:
                self._judge(url, address)
        return known

    def _ours(self, url: httpx2.URL) -> bool:
        return self._own is not None and _origin(url) == self._own.origin

    def _judge(self, url: httpx2.URL, address: addresses.Address) -> None:
        """Raises Forbidden."""
        settings = self._settings
        here = settings.loopback and address.is_loopback
        allowed = addresses.public(address) or addresses.within(address, settings.allowed_networks)
        if not here and (not allowed or url.scheme != "https" or _port(url) not in settings.ports):
            raise Forbidden("an address that we do not call")

    async def _exchange(self, transport: httpx2.AsyncBaseTransport, request: httpx2.Request) -> Answer:
        response = await transport.handle_async_request(request)
        try:
            if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
                raise Unusable("compressed")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > self._settings.largest:
                    raise Unusable("too large")
            return Answer(response.status_code, bytes(body))
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _place(self, host: str) -> AsyncIterator[None]:
        """A bounded number of calls at a time, and few to one host: one that is slow holds up only its own."""
        if self._busy[host] >= _MOST_AT_ONE_HOST:
            raise Unanswered("too many calls to that host")
        self._busy[host] += 1
        try:
            async with self._places:
                yield
        finally:
            self._busy[host] -= 1
            if not self._busy[host]:
                del self._busy[host]

    def _friendly(self, url: httpx2.URL) -> bool:
        return _origin(url) in self._friends

    @cached_property
    def _lenient(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(verify=False)  # only ever a demonstration's: no setting names a friend

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = httpx2.create_ssl_context(trust_env=False)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._settings.ca_file:
            context.load_verify_locations(cafile=self._settings.ca_file)
        return context


def _port(url: httpx2.URL) -> int:
    return {"https": 443, "http": 80}.get(url.scheme, 0) if url.port is None else url.port


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"
