"""Codes and families, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Authentication:
    """How and when the person proved who they are; it travels from the session to every token."""

    session_id: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code that was just taken."""

    client_id: str
    person_id: str
    grant_id: str
    family_id: str
    redirect_uri: str
    redirect_said: bool
    scope: frozenset[str]
    audience: tuple[str, ...]
    nonce: str | None
    code_challenge: str
    authentication: Authentication
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Family:
    """All the tokens born of one authorization. When it ends, they all do."""

    id: str
    client_id: str
    person_id: str
    grant_id: str
    kind: str
    scope: frozenset[str]
    audience: tuple[str, ...]
    authentication: Authentication
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_because: str | None = None

    def alive(self, now: datetime) -> bool:
        """Neither ended nor past its time."""
        return self.ended_at is None and now < self.expires_at
