"""The books on the short way: one statement gathered what there is to know, one more will write what was decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clients.records import Client
from consent import live
from consent.grants import Grant
from idp.accounts.records import Person
from idp.scene import Scene
from idp.server import floor
from idp.server.books import NeedsDatabase
from idp.tokens import codes, families, hot, refresh
from idp.tokens.records import Authentication, Code, Family
from idp.tokens.refresh import Presented
from kit.lane import Hot
from kit.secrets import digest


class Slip:
    """See `idp.server.books.Books`. `later` are the statements that settle the matter, if each finds its row."""

    def __init__(self, row: Mapping[str, Any], scene: Scene, client: Client, person: Person | None = None) -> None:
        self._row = row
        self._scene = scene
        self._client = client
        self._person = person
        self.later: list[tuple[Hot, dict[str, Any]]] = []

    def take_code(self, value: str, client_id: str, now: datetime) -> Code:
        """It was taken by the statement that gathered."""
        return codes.record(self._row)

    def agreement(self, grant_id: str, person_id: str, now: datetime) -> Grant:
        """Judged on the gathered row."""
        grant, space = live.both(self._row)
        return floor.judge(grant, space, self._client, self._row["account_status"], person_id, now)

    def session_lives(self, who: Authentication, now: datetime) -> None:
        """Judged on the gathered row; its use is written down later."""
        ended, seen, expires = (
            self._row[name] for name in ("session_ended_at", "session_seen_at", "session_expires_at")
        )
        if floor.session_due(ended, seen, expires, self._scene, now):
            self.later.append((hot.SESSION_SEEN, {"session": who.session_id, "now": now}))

    def person(self, person_id: str) -> Person | None:
        """As gathered, for those whose claims were asked."""
        return self._person

    def begin(self, family: Family, value: str, now: datetime, token_ends: datetime | None) -> str | None:
        """Family and first token in one statement; born ended when the code was replayed meanwhile."""
        values = {**families.columns(family), "code_digest": digest(value)}
        if token_ends is None:
            self.later.append((hot.BEGIN, values))
            return None
        token = refresh.value()
        self.later.append((hot.BEGIN_WITH_TOKEN, values | refresh.columns(token, family.id, now, token_ends)))
        return token

    def presented(self, value: str) -> Presented | None:
        """As gathered."""
        return refresh.presented(self._row)

    def prolong(self, value: str, ends: datetime) -> None:
        """Written down later."""
        self.later.append((hot.PROLONG, {"old_digest": digest(value), "token_expires_at": ends}))

    def successor(self, value: str, presented: Presented, now: datetime, ends: datetime, grace_until: datetime) -> str:
        """Rotation in one statement; anything but a first use is the ledger's."""
        if presented.used_at is not None:
            raise NeedsDatabase
        fresh = refresh.value()
        family_id = presented.family.id
        closed = {"old_digest": digest(value), "sealed": refresh.sealed(value, fresh, family_id)}
        self.later.append((hot.ROTATE, closed | refresh.columns(fresh, family_id, now, ends)))
        return fresh
