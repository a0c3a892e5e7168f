"""Who is signed in to this application: a cookie without meaning, a row with the tokens sealed in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import Response

from kit.seals import Broken, Seal
from kit.secrets import digest, issue
from portal.oidc import Tokens
from portal.settings import PortalSettings
from portal.tables import sessions

SEAL = "portal-sessions"
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Who:
    """The person, as the provider says."""

    name: str
    given: str
    """How one greets them."""
    subject: str


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's stay. `version` counts what was written: of two that renew the tokens, one wins."""

    digest: str
    version: int
    who: Who
    tokens: Tokens
    seen_at: datetime
    ends_at: datetime


class _Kept(msgspec.Struct, frozen=True):
    name: str
    given: str
    subject: str
    access: str
    expires_at: float
    refresh: str
    id_token: str
    patient: str


def cookie_name(settings: PortalSettings) -> str:
    """RFC 6265bis §4.1.3.2: the prefix proves that no neighbour set it; plain http cannot carry it."""
    return "__Host-portal" if settings.secure else "portal"


def carried(request: Request, settings: PortalSettings) -> str:
    """The digest of the session that the browser claims, or ""."""
    value = request.cookies.get(cookie_name(settings), "")
    return digest(value) if value else ""


def hand(response: Response, value: str, settings: PortalSettings) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(settings), value, path="/", secure=settings.secure, httponly=True, samesite="lax", max_age=None
    )


def take_back(response: Response, settings: PortalSettings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.secure, httponly=True, samesite="lax")


def start(db: Connection, seal: Seal, settings: PortalSettings, now: datetime, who: Who, tokens: Tokens) -> str:
    """Begin a stay; the cookie's value is returned and only its digest kept."""
    value = issue("sid")
    mark = digest(value)
    db.execute(
        insert(sessions).values(
            digest=mark,
            version=1,
            kept=_close(seal, mark, who, tokens),
            seen_at=now,
            ends_at=now + settings.session_absolute,
        )
    )
    return value


def find(db: Connection, seal: Seal, settings: PortalSettings, mark: str, now: datetime) -> Session | None:
    """The stay of that digest, unless it ended or was left idle."""
    row = db.execute(select(sessions).where(sessions.c.digest == mark)).one_or_none()
    if row is None or row.ends_at <= now or row.seen_at <= now - settings.session_idle:
        return None
    try:
        kept = msgspec.json.decode(seal.open(row.kept, mark), type=_Kept)
    except (Broken, msgspec.MsgspecError):
        return None  # another master key, or a former shape: the person signs in again
    expires_at = datetime.fromtimestamp(kept.expires_at, UTC)
    tokens = Tokens(kept.access, expires_at, kept.refresh, kept.id_token, kept.patient)
    who = Who(kept.name, kept.given, kept.subject)
    return Session(mark, row.version, who, tokens, row.seen_at, row.ends_at)


def seen(db: Connection, session: Session, now: datetime) -> None:
    """The person is still there."""
    db.execute(update(sessions).where(sessions.c.digest == session.digest).values(seen_at=now))


def due(session: Session, now: datetime) -> bool:
    """Whether `seen` is worth a write: once a minute at most."""
    return now - session.seen_at >= _SEEN_EVERY


def renew(db: Connection, seal: Seal, session: Session, tokens: Tokens) -> bool:
    """Write the renewed tokens; False when another request of this browser did so meanwhile."""
    mark = session.digest
    done = db.execute(
        update(sessions)
        .where(sessions.c.digest == mark, sessions.c.version == session.version)
        .values(kept=_close(seal, mark, session.who, tokens), version=session.version + 1)
    )
    return done.rowcount == 1


def end(db: Connection, mark: str) -> None:
    """The stay is over."""
    db.execute(delete(sessions).where(sessions.c.digest == mark))


def _close(seal: Seal, mark: str, who: Who, tokens: Tokens) -> bytes:
    kept = _Kept(
        name=who.name,
        given=who.given,
        subject=who.subject,
        access=tokens.access,
        expires_at=tokens.expires_at.timestamp(),
        refresh=tokens.refresh,
        id_token=tokens.id_token,
        patient=tokens.patient,
    )
    return seal.close(msgspec.json.encode(kept), mark)
