"""Clients by identifier, remembered for a few seconds: a change made elsewhere is seen within five."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from clients import store
from clients.records import Client
from kit.clock import Clock
from kit.database import Database
from kit.shared import Shared

STALE_AFTER = timedelta(seconds=5)
_MOST_KNOWN = 5_000
_LONGEST = 100
"""Characters of an identifier, as the table keeps it."""


def possible(client_id: str) -> bool:
    """False for what no client can be called: no database is asked about it (PostgreSQL keeps no NUL in a text)."""
    return 0 < len(client_id) <= _LONGEST and "\0" not in client_id


class Directory:
    """A bounded cache over the catalogue; what this process changes it forgets at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[datetime, Client]] = {}
        self._changes = 0
        self._reading = Shared[Client | None]()

    async def get(self, client_id: str) -> Client | None:
        """The client, at most five seconds old."""
        if not possible(client_id):
            return None
        known = self._fresh(client_id)
        if known is not None:
            return known
        return await self._reading.do(client_id, lambda: self._read(client_id))

    def peek(self, db: Connection, client_id: str) -> Client | None:
        """The same, within a unit of work."""
        if not possible(client_id):
            return None
        known = self._fresh(client_id)
        if known is not None:
            return known
        return self._keep(client_id, store.find(db, client_id))

    def forget(self, client_id: str) -> None:
        """Read this client again at the next question: this process changed it."""
        self._known.pop(client_id, None)
        self._reading.renounce(client_id)
        self._changes += 1

    async def _read(self, client_id: str) -> Client | None:
        changes = self._changes
        client = await self._database.read(lambda db: store.find(db, client_id))
        return self._keep(client_id, client) if changes == self._changes else client

    def _fresh(self, client_id: str) -> Client | None:
        read_at, client = self._known.get(client_id, (None, None))
        if read_at is not None and read_at <= self._clock.now() < read_at + STALE_AFTER:
            return client
        return None

    def _keep(self, client_id: str, client: Client | None) -> Client | None:
        if client is None:
            self._known.pop(client_id, None)
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[client_id] = (self._clock.now(), client)
        return client
