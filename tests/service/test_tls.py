"""Our own TLS: a certificate is asked for, verified, and told; who has none is served all the same."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from cryptography import x509
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse

from kit.proof import mtls
from kit.seals import Vault
from service import tls
from service.demo.authority import Authority, Identity
from service.server import Server
from service.settings import Settings, faults
from tests.conftest import SETTINGS

OURS = Authority(Vault(bytes(32)))
OTHERS = Authority(Vault(bytes(31) + b"x"))


async def said(scope: Any, receive: Any, send: Any) -> None:
    """What the application knows of its caller's certificate."""
    found = mtls.presented(Request(scope))
    body = {"subject": found.subject, "verified": found.verified} if found else None
    await JSONResponse(body)(scope, receive, send)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    own = OURS.server([x509.IPAddress(ip_address("127.0.0.1"))])
    files = {"tls_certificate": own.certificate, "tls_key": own.key, "tls_client_ca": OURS.pem}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    server = replace(SETTINGS.server, port=0, **{name: str(tmp_path / name) for name in files})
    return replace(SETTINGS, server=server)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(said, lifespan="off", access_log=False, log_config=None, **tls.options(settings.server))
        server = Server(config)
        running = asyncio.ensure_future(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await running


def client(tmp_path: Path, who: Identity | None = None) -> httpx2.AsyncClient:
    context = ssl.create_default_context(cadata=OURS.pem)
    if who is not None:
        file = tmp_path / "who.pem"
        file.write_text(who.certificate + who.key)
        context.load_cert_chain(file)
    return httpx2.AsyncClient(verify=context)


async def test_a_certificate_of_our_authorities_is_told_with_each_request(settings: Settings, tmp_path: Path) -> None:
    app = OURS.app("app")
    async with serving(settings) as address, client(tmp_path, app) as caller:
        for _ in range(2):  # the second one on the same connection
            assert (await caller.get(address)).json() == {"subject": app.subject, "verified": True}


async def test_who_has_none_is_served(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings) as address, client(tmp_path) as caller:
        assert (await caller.get(address)).json() is None


async def test_one_of_another_authority_ends_the_connection(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings) as address, client(tmp_path, OTHERS.app("app")) as caller:
        with pytest.raises((httpx2.TransportError, ssl.SSLError)):
            await caller.get(address)


async def test_old_tls_is_not_spoken(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings) as address:
        context = ssl.create_default_context(cadata=OURS.pem)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE+AESGCM")
        async with httpx2.AsyncClient(verify=context) as caller:
            assert (await caller.get(address)).status_code == 200  # TLS 1.2 is, with a cipher that is left
        context = ssl.create_default_context(cadata=OURS.pem)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA")
        async with httpx2.AsyncClient(verify=context) as caller:
            with pytest.raises(httpx2.TransportError):
                await caller.get(address)


def test_nothing_changes_where_tls_ends_elsewhere() -> None:
    assert tls.options(SETTINGS.server) == {}


def test_settings_that_cannot_work_are_named(settings: Settings) -> None:
    def told(**changes: Any) -> str:
        return "\n".join(faults(replace(settings, server=replace(settings.server, port=443, **changes))))

    assert told() == ""
    assert "server.tls_key: tls_certificate and tls_key go together" in told(tls_key="")
    assert "server.tls_client_ca: nowhere is not a file" in told(tls_client_ca="nowhere")
    assert "server.client_certificate_header: name the proxies" in told(client_certificate_header="client-cert")
    assert "server.client_certificate_origin" in told(client_certificate_origin="http://id.example.org")
    assert "server.client_certificate_origin" in told(client_certificate_origin="https://id.example.org/mtls")
