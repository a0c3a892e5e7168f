"""Our own TLS, where no reverse proxy ends it: the client's certificate is told as the TLS extension of ASGI says."""

import ssl
from asyncio import BaseTransport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.settings import ServerSettings

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2 (RFC 9325 §4.2); those of TLS 1.3 are all good."""


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with the certificate that TLS verified in each request's scope."""

    _chain: list[str] | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """TLS is agreed by now: the certificate is the connection's."""
        super().connection_made(transport)  # type: ignore[arg-type]
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        self._chain = [ssl.DER_cert_to_PEM_cert(der)] if der else []

    def on_message_begin(self) -> None:
        """A new request on it."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {"tls": {"client_cert_chain": self._chain, "client_cert_error": None}}


def options(server: ServerSettings) -> dict[str, Any]:
    """For `uvicorn.Config`; nothing where TLS ends elsewhere.

    A certificate is asked for and never demanded: browsers have none. One that no authority of `tls_client_ca` issued
    ends the handshake.
    """
    if not server.tls_certificate:
        return {}
    chosen: dict[str, Any] = {
        "ssl_certfile": server.tls_certificate,
        "ssl_keyfile": server.tls_key,
        "ssl_ciphers": _CIPHERS,
        "http": Protocol,
    }
    if server.tls_client_ca:
        chosen |= {"ssl_ca_certs": server.tls_client_ca, "ssl_cert_reqs": ssl.CERT_OPTIONAL}
    return chosen
