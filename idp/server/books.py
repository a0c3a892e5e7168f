"""What a grant type reads and writes of codes, families and agreements.

Two keepers of the same books. `Ledger` works in a transaction, on any database, and settles every case. `Slip` works on
what was gathered by one statement before, writes one statement after, and sends whatever is out of the ordinary to the
ledger (`NeedsDatabase`). Both judge by the same rules, over the same records.
"""

from datetime import datetime
from typing import Protocol

from consent.grants import Grant
from idp.accounts.records import Person
from idp.tokens.records import Authentication, Code, Family
from idp.tokens.refresh import Presented


class NeedsDatabase(Exception):
    """Only a unit of work can settle this: the request is run again within one."""


class Books(Protocol):
    """Errors are `idp.server.errors.Gone`, with the reason that the app is told."""

    def take_code(self, value: str, client_id: str, now: datetime) -> Code:
        """Use a code, once; a replay ends what it gave birth to. Raises Gone."""
        ...

    def agreement(self, grant_id: str, person_id: str, now: datetime) -> Grant:
        """The grant behind a code or a token, when everything it rests on holds now. Raises Gone."""
        ...

    def session_lives(self, who: Authentication, now: datetime) -> None:
        """The session that a code or a family lives with is open; it is kept awake. Raises Gone."""
        ...

    def person(self, person_id: str) -> Person | None:
        """Who the person is: for what the id token was asked to tell of them."""
        ...

    def begin(self, family: Family, value: str, now: datetime, token_ends: datetime | None) -> str | None:
        """Keep a family born of the code `value`, with its first refresh token if `token_ends` says so."""
        ...

    def presented(self, value: str) -> Presented | None:
        """What is known of a refresh token."""
        ...

    def prolong(self, value: str, ends: datetime) -> None:
        """A refresh token that stays good, used a while after it was last: it is not forgotten before `ends`."""
        ...

    def successor(self, value: str, presented: Presented, now: datetime, ends: datetime, grace_until: datetime) -> str:
        """The one successor of a refresh token; a second use after the grace ends its family. Raises Gone."""
        ...
