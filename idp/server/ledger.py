"""The books within a transaction: every case is settled here."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from clients.records import Client
from consent.grants import Grant
from idp.accounts import store as accounts
from idp.accounts.records import Person
from idp.ciba import people
from idp.scene import Scene
from idp.server import floor, reuse
from idp.server.errors import Gone
from idp.tokens import codes, families, refresh
from idp.tokens.records import Authentication, Code, Family
from idp.tokens.refresh import Presented

CODE_INVALID = ("code_invalid", "the code is not valid: unknown, used, too old, or not this client's")
TOKEN_REUSED = ("token_reused", "the refresh token was used before: all tokens of this link were revoked")


class Ledger:
    """See `idp.server.books.Books`."""

    def __init__(self, db: Connection, scene: Scene, client: Client | None) -> None:
        self._db = db
        self._scene = scene
        self._client = client

    def take_code(self, value: str, client_id: str, now: datetime) -> Code:
        """RFC 6749 §4.1.2: a code that its own client brings again takes its family with it."""
        taken = codes.take(self._db, value, client_id, now)
        if taken is None:
            born = codes.replayed(self._db, value, client_id, now)
            if born is not None:
                families.end(self._db, born, "code_replayed", now)
            raise Gone(*CODE_INVALID)
        return taken

    def agreement(self, grant_id: str, person_id: str, now: datetime) -> Grant:
        """Read and judged."""
        return floor.standing(self._db, self._scene, grant_id, person_id, now)

    def session_lives(self, who: Authentication, now: datetime) -> None:
        """Read, judged, and written down at most once a minute."""
        floor.session_lives(self._db, self._scene, who.session_id, now)

    def person(self, person_id: str) -> Person | None:
        """Read."""
        return accounts.find(self._db, person_id)

    def begin(self, family: Family, value: str, now: datetime, token_ends: datetime | None) -> str | None:
        """In the same transaction as the code."""
        families.save(self._db, family)
        if self._client is not None:
            people.remember(self._db, self._scene, self._client, family.person_id, now)
        return refresh.first(self._db, family.id, now, token_ends) if token_ends else None

    def presented(self, value: str) -> Presented | None:
        """By its digest."""
        return refresh.find(self._db, value)

    def prolong(self, value: str, ends: datetime) -> None:
        """In this transaction."""
        refresh.prolong(self._db, value, ends)

    def successor(self, value: str, presented: Presented, now: datetime, ends: datetime, grace_until: datetime) -> str:
        """RFC 9700 §4.14.2, with a grace for lost answers."""
        if presented.used_at is None:
            fresh = refresh.rotate(self._db, value, presented.family.id, now, ends)
            if fresh is not None:
                return fresh
            presented = refresh.find(self._db, value) or presented  # another request was first, this very moment
            grace_until = now + timedelta(milliseconds=1)
        again = refresh.repeated(self._db, value, presented, grace_until, now)
        if again is None:
            reuse.react(self._db, self._scene, presented.family, self._client, now)
            raise Gone(*TOKEN_REUSED)
        return again
