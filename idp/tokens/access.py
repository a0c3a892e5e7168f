"""Access tokens: signed, short, self-contained (RFC 9068). No row is written for them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.tokens.binding import Binding
from idp.tokens.records import Authentication
from keys.ring import KeyRing
from kit import jose

TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class Bearer:
    """What one access token says. A token without a person (client credentials) has no grant, family nor proof."""

    client_id: str
    subject: str
    scope: frozenset[str]
    audience: Sequence[str]
    grant_id: str | None = None
    family_id: str | None = None
    patient: str | None = None
    authentication: Authentication | None = None
    binding: Binding | None = None
    details: Sequence[Mapping[str, Any]] | None = None
    actor: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None
    """Further claims of a grant type's own."""


def make(ring: KeyRing, issuer: str, bearer: Bearer, *, now: datetime, lifetime: timedelta) -> str:
    """Sign one access token (RFC 9068 §2.2)."""
    said = claims(issuer, bearer, now=now, lifetime=lifetime)
    return jose.sign(said, ring.signing("ES256"), algorithm="ES256", typ=TYP)


def claims(issuer: str, bearer: Bearer, *, now: datetime, lifetime: timedelta) -> dict[str, Any]:
    """What one access token says."""
    at = int(now.timestamp())
    said: dict[str, Any] = {
        "iss": issuer,
        "sub": bearer.subject,
        "aud": bearer.audience[0] if len(bearer.audience) == 1 else list(bearer.audience),
        "exp": at + int(lifetime.total_seconds()),
        "iat": at,
        "jti": secrets.token_urlsafe(18),
        "client_id": bearer.client_id,
        "scope": words(bearer.scope),
    }
    if bearer.grant_id:
        said["grant_id"] = bearer.grant_id
    if bearer.family_id:
        said["fam"] = bearer.family_id
    if bearer.patient:
        said["patient"] = bearer.patient
    who = bearer.authentication
    if who is not None:
        said |= {
            "auth_time": int(who.auth_time.timestamp()),
            "acr": who.acr,
            "amr": list(who.amr),
        }
        if who.session_id:
            said["sid"] = who.session_id
    if bearer.binding is not None:
        said["cnf"] = bearer.binding.confirmation()
    if bearer.details is not None:
        said["authorization_details"] = list(bearer.details)
    if bearer.actor is not None:
        said["act"] = bearer.actor
    if bearer.more:
        said |= bearer.more
    return said


def words(scope: Iterable[str]) -> str:
    """A scope as it is written: words in a stable order."""
    return " ".join(sorted(scope))
