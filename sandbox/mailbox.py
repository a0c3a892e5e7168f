"""The demo's mail server: takes every message over SMTP, on this machine only, and keeps it in the inbox."""

import asyncio
import email
import socket
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Connection

from kit.clock import Clock
from kit.database import Database
from sandbox import inbox

_MOST = 1_000_000


class Mailbox:
    """An SMTP server (RFC 5321) on the running event loop. Its port is known as soon as it is made.

    Once stopped it is not started again.
    """

    def __init__(self, database: Database, clock: Clock, port: int = 0) -> None:
        self._database = database
        self._clock = clock
        self._socket = socket.create_server(("127.0.0.1", port))
        self._server: asyncio.Server | None = None
        self._open: set[SMTP] = set()
        self.host = "127.0.0.1"
        self.port: int = self._socket.getsockname()[1]

    async def start(self) -> None:
        """Answer from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=self._socket)

    async def stop(self) -> None:
        """Stop answering, and let go of the port."""
        if self._server is None:
            self._socket.close()
            return
        self._server.close()
        for protocol in self._open:
            if protocol.transport is not None:
                protocol.transport.close()
        await self._server.wait_closed()

    # Names and shape are aiosmtpd's.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one copy for each person it is for."""
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = email.message_from_bytes(raw, policy=default)
        subject, text, reference = str(mail["subject"] or ""), _text(mail), mail["message-id"]
        now = self._clock.now()

        def keep(db: Connection) -> None:
            for to in envelope.rcpt_tos:
                mark = f"{reference} {to}"[:120] if reference else None
                inbox.add(db, inbox.Message("email", to, subject, text, now), mark)

        await self._database.work(keep)
        return "250 kept"

    def _protocol(self) -> SMTP:
        loop = asyncio.get_running_loop()
        return _Conversation(
            self, self._open, hostname="localhost", ident="demo", data_size_limit=_MOST, timeout=30, loop=loop
        )


class _Conversation(SMTP):
    """Known to the mailbox while it lasts, so that stopping does not wait for who is silent."""

    def __init__(self, handler: Any, known: set[SMTP], **how: Any) -> None:
        super().__init__(handler, **how)
        self._known = known

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._known.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._known.discard(self)
        super().connection_lost(error)


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    return str(part.get_content()).replace("\r\n", "\n").strip() if part is not None else ""
