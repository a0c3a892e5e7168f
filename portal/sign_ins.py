"""Who left for the provider and has not come back yet: bound to the browser that left, good for one return."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert
from starlette.requests import Request
from starlette.responses import Response

from kit.seals import Broken, Seal
from kit.secrets import digest, issue
from portal.oidc import Leaving
from portal.settings import PortalSettings
from portal.tables import sign_ins

SEAL = "portal-sign-ins"
HOME = "/espace/"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in begun: what to check on return, and the page that the person wanted."""

    leaving: Leaving
    back: str


class _Kept(msgspec.Struct, frozen=True):
    state: str
    nonce: str
    verifier: str
    back: str


def cookie_name(settings: PortalSettings) -> str:
    """The cookie that says: the same browser."""
    return "__Host-portal-browser" if settings.secure else "portal-browser"


def browser(request: Request, settings: PortalSettings) -> str:
    """The mark that this browser already carries, or a fresh one: two tabs may sign in at once."""
    known = request.cookies.get(cookie_name(settings), "")
    return known if 20 <= len(known) <= 100 else issue("req")


def hand(response: Response, mark: str, settings: PortalSettings) -> None:
    """Give the browser its mark, for as long as a sign-in may take."""
    response.set_cookie(
        cookie_name(settings),
        mark,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
        max_age=int(settings.sign_in_lifetime.total_seconds()),
    )


def begin(db: Connection, seal: Seal, settings: PortalSettings, now: datetime, mark: str, pending: Pending) -> None:
    """Remember a departure."""
    left = pending.leaving
    key = digest(left.state)
    kept = _Kept(left.state, left.nonce, left.verifier, pending.back)
    sealed = seal.close(msgspec.json.encode(kept), key)
    db.execute(
        insert(sign_ins).values(digest=key, browser=digest(mark), kept=sealed, ends_at=now + settings.sign_in_lifetime)
    )


def take(db: Connection, seal: Seal, now: datetime, state: str, mark: str) -> Pending | None:
    """The departure that this return answers, once: a second return, or another browser's, finds nothing."""
    key = digest(state)
    row = db.execute(
        delete(sign_ins)
        .where(sign_ins.c.digest == key, sign_ins.c.browser == digest(mark), sign_ins.c.ends_at > now)
        .returning(sign_ins.c.kept)
    ).one_or_none()
    if row is None:
        return None
    try:
        kept = msgspec.json.decode(seal.open(row.kept, key), type=_Kept)
    except (Broken, msgspec.MsgspecError):
        return None
    return Pending(Leaving(kept.state, kept.nonce, kept.verifier), kept.back)


def local(path: str) -> str:
    """`path` when it is a page of this application, else its home: no return leads to another site."""
    plain = path.isprintable() and "\\" not in path and len(path) <= 500
    return path if plain and (path == "/espace" or path.startswith("/espace/")) else HOME
