"""What one back-channel request works with: its transaction, its time, its scene."""

from datetime import datetime

from sqlalchemy import Connection

from clients.records import Client
from idp.scene import Scene
from idp.settings import IdpSettings


class NeedsDatabase(Exception):
    """The request cannot be answered from memory: it is run again within a unit of work."""


class Exchange:
    """Built for each request. Without a database it answers only what memory can answer, and says so otherwise."""

    def __init__(self, scene: Scene, now: datetime, db: Connection | None, client: Client | None) -> None:
        self.scene = scene
        self.now = now
        self._db = db
        self._client = client

    @property
    def db(self) -> Connection:
        """The present transaction. Raises NeedsDatabase when there is none."""
        if self._db is None:
            raise NeedsDatabase
        return self._db

    @property
    def settings(self) -> IdpSettings:
        """The provider's settings."""
        return self.scene.settings

    @property
    def issuer(self) -> str:
        """Who we are."""
        return self.scene.issuer

    @property
    def subject_key(self) -> bytes:
        """The key that pairwise subjects are drawn with."""
        return self.scene.subject_key

    def client(self, client_id: str) -> Client | None:
        """The client of that identifier, from memory when it was read a moment ago."""
        if self._client is not None and self._client.client_id == client_id:
            return self._client
        return self.scene.clients.peek(self.db, client_id)
