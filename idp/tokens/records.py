"""Codes and families, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.tokens.binding import Binding


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
    code_challenge: str | None
    authentication: Authentication
    issued_at: datetime
    expires_at: datetime
    jkt: str | None = None
    """The DPoP key that must bring it (RFC 9449 §10)."""
    claims: Mapping[str, Any] | None = None
    """The claims asked one by one (OpenID Connect Core §5.5)."""
    details: Sequence[Mapping[str, Any]] | None = None
    """The authorization details agreed (RFC 9396 §7)."""
    former: tuple[str, ...] = ()
    """Scopes that were asked in version 1 of SMART: the token answer says them so."""


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
    binding: Binding | None = None
    """The key that a public client must refresh with (RFC 9449 §5); others prove themselves otherwise."""
    claims: Mapping[str, Any] | None = None
    details: Sequence[Mapping[str, Any]] | None = None
    former: tuple[str, ...] = ()
    """Scopes that were asked in version 1 of SMART."""
    actor: Mapping[str, Any] | None = None
    """Who acts for the person (the `act` claim, RFC 8693 §4.1)."""
    ended_at: datetime | None = None
    ended_because: str | None = None

    def alive(self, now: datetime) -> bool:
        """Neither ended nor past its time."""
        return self.ended_at is None and now < self.expires_at
