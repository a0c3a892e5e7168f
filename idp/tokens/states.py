"""What a verified access token rests on, read in one go: its family, its grant, its person (RFC 7662 §2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent import grants_store, live
from consent.grants import Grant
from consent.spaces import Space
from idp.accounts import store as accounts
from idp.accounts.records import Person
from idp.tokens import liveness
from kit.guard import AccessClaims

_PERSON = tuple((field.name, f"person_{field.name}") for field in fields(Person))


@dataclass(frozen=True, slots=True)
class TokenState:
    """All that its signature cannot say. A token without a person has neither family nor grant."""

    revoked: bool
    family_ended_at: datetime | None
    family_expires_at: datetime | None
    grant: Grant | None
    space: Space | None
    account_status: str | None
    person: Person | None
    claims: Mapping[str, Any] | None = None
    """Asked one by one with the authorization (OpenID Connect Core §5.5)."""

    def alive(self, now: datetime) -> bool:
        """Not revoked, and its family goes on."""
        over = self.family_expires_at is not None and self.family_expires_at <= now
        return not self.revoked and self.family_ended_at is None and not over


def from_row(row: Mapping[str, Any]) -> TokenState:
    """The row that `idp.tokens.hot.TOKEN_STATE` gives."""
    grant, space = live.both(row)
    person = accounts.person_of({name: row[label] for name, label in _PERSON})
    return TokenState(
        bool(row["revoked"]),
        row["family_ended_at"],
        row["family_expires_at"],
        grant,
        space,
        row["account_status"],
        person,
        row["family_claims"],
    )


def read(db: Connection, claims: AccessClaims) -> TokenState | None:
    """The same in a unit of work; None when the token names a family that is no more."""
    family = liveness.family_of(db, claims)
    if family is None:
        return None
    grant, space = grants_store.with_space(db, claims.grant_id) if claims.grant_id else (None, None)
    person = accounts.find(db, grant.person_id) if grant else None
    status = accounts.status(db, grant.person_id) if grant else None
    ended, expires = family.ended_at, family.expires_at
    return TokenState(family.revoked, ended, expires, grant, space, status, person, family.claims)
