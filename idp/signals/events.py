"""The events that we tell (SSF 1.0 §8.1.4.1 and §8.1.5, CAEP 1.0 §3), and our own about what a person agreed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent.grants import Because as GrantBecause
from consent.grants import Grant, Status
from idp.sessions.records import Because

_CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
_SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
_OURS = "urn:espace:event-type:"

SESSION_REVOKED = f"{_CAEP}session-revoked"
CREDENTIAL_CHANGE = f"{_CAEP}credential-change"
ASSURANCE_LEVEL_CHANGE = f"{_CAEP}assurance-level-change"
GRANT_REVOKED = f"{_OURS}grant-revoked"
GRANT_CHANGED = f"{_OURS}grant-changed"
VERIFICATION = f"{_SSF}verification"
STREAM_UPDATED = f"{_SSF}stream-updated"

SUPPORTED = (SESSION_REVOKED, CREDENTIAL_CHANGE, ASSURANCE_LEVEL_CHANGE, GRANT_REVOKED, GRANT_CHANGED)
"""What a receiver may ask for; events about a stream itself are always told."""

_WHY = {
    Because.SIGNED_OUT: ("user", "the person signed out", "Vous vous êtes déconnecté."),
    Because.STOPPED: ("user", "the person stopped this connection", "Vous avez arrêté cette connexion."),
    Because.REPLACED: (
        "user",
        "another person signed in on the same browser",
        "Une autre personne s’est connectée sur cet appareil.",
    ),
    Because.SECURITY: (
        "policy",
        "the account was locked or its password changed",
        "Vos connexions ont été fermées par sécurité.",
    ),
}
_GRANT_ENDED_BY = {
    GrantBecause.WITHDRAWN: "user",
    GrantBecause.REFUSED: "user",
    GrantBecause.SPACE_CLOSED: "user",
    GrantBecause.EXPIRED: "policy",
    GrantBecause.SECURITY: "policy",
    GrantBecause.CLIENT_DELISTED: "admin",
    GrantBecause.APP_UNPAIRED: "system",
}


def session_revoked(because: Because, now: datetime) -> dict[str, Any]:
    """CAEP 1.0 §3.1."""
    entity, admin, user = _WHY[because]
    return _said(now, entity) | {"reason_admin": {"en": admin}, "reason_user": {"fr": user}}


def credential_change(kind: str, change: str, entity: str, now: datetime) -> dict[str, Any]:
    """CAEP 1.0 §3.3; `kind` is "password", "phone-sms"…, `change` create, revoke, update or delete."""
    words = {"en": f"{kind}: {change}"}
    return _said(now, entity) | {"credential_type": kind, "change_type": change, "reason_admin": words}


def assurance_level_change(before: str, after: str, namespace: str, now: datetime) -> dict[str, Any]:
    """CAEP 1.0 §3.4. Levels are ours, whose names sort by strength."""
    return _said(now, "user") | {
        "namespace": namespace,
        "current_level": after,
        "previous_level": before,
        "change_direction": "increase" if after > before else "decrease",
    }


def grant_changed(grant: Grant, now: datetime) -> tuple[str, dict[str, Any]]:
    """Our own: what is agreed now, as introspection would say it; or that nothing is any more."""
    said = {"grant_id": grant.id, "status": str(grant.status)}
    if grant.status is Status.ENDED:
        because = grant.ended_because or GrantBecause.WITHDRAWN
        return GRANT_REVOKED, _said(now, _GRANT_ENDED_BY[because]) | said | {"because": str(because)}
    until = {"until": grant.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} if grant.until else {}
    return GRANT_CHANGED, _said(now, "user") | said | {"consents": sorted(grant.consents)} | until


def verification(state: str | None) -> dict[str, Any]:
    """SSF 1.0 §8.1.4.1."""
    return {"state": state} if state is not None else {}


def stream_updated(status: str, reason: str | None) -> Mapping[str, Any]:
    """SSF 1.0 §8.1.5."""
    return {"status": status} | ({"reason": reason} if reason else {})


def _said(now: datetime, entity: str) -> dict[str, Any]:
    return {"event_timestamp": int(now.timestamp()), "initiating_entity": entity}
