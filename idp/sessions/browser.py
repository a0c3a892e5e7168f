"""The session of a browser: found by its cookie, begun at sign-in, ended at sign-out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.accounts.records import Status
from idp.scene import Scene
from idp.sessions import cookies, device, ending, participants, store
from idp.sessions.records import Because, Session, alive
from idp.signals import emit
from kit.http import client_address
from kit.ids import new
from kit.secrets import digest, issue

DEVICE_LASTS = timedelta(days=390)
"""Thirteen months, the most that the CNIL finds fair for a cookie."""
_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a browser brings with its request, read once before any unit of work."""

    session_secret: str
    device_secret: str
    device: str
    """In words: «Firefox sur Windows»."""


def visitor(scene: Scene, request: Request) -> Visitor:
    """What the browser of this request brings."""
    secure = scene.ground.secure
    return Visitor(
        session_secret=cookies.read(request, cookies.SESSION, secure)[:_LONGEST_SECRET],
        device_secret=cookies.read(request, cookies.DEVICE, secure)[:_LONGEST_SECRET],
        device=device.words(request.headers.get("user-agent", "")),
    )


async def current(scene: Scene, request: Request) -> Session | None:
    """The session of this browser, if it is alive; its use is written down at most once a minute."""
    who = visitor(scene, request)
    if not who.session_secret:
        return None
    now = scene.ground.clock.now()
    session = await scene.ground.database.read(lambda db: open_session(db, scene, who, now))
    if session is not None and store.due(session, now):
        await scene.ground.database.work(lambda db: store.seen(db, session.id, now))
    return session


def open_session(db: Connection, scene: Scene, who: Visitor, now: datetime) -> Session | None:
    """The living session that the browser's secret opens, within a unit of work; a locked account has none."""
    session = store.by_digest(db, digest(who.session_secret)) if who.session_secret else None
    if session is None or not alive(session, scene.settings.session_idle, now):
        return None
    return session if accounts.status(db, session.person_id) is Status.ACTIVE else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A session just begun; its secret goes into the browser's cookie and nowhere else."""

    session: Session
    secret: str


def begin(
    db: Connection, scene: Scene, who: Visitor, person_id: str, acr: str, amr: tuple[str, ...], now: datetime
) -> Begun:
    """A person was proven in this browser: begin their session, under a secret that nobody has seen yet.

    When it is theirs already, it is the same session with another secret; somebody else's ends here.
    """
    secret = issue("sid")
    before = open_session(db, scene, who, now)
    fresh = Session(
        id=new("ses", now),
        person_id=person_id,
        auth_time=now,
        acr=acr,
        amr=amr,
        device=who.device,
        created_at=now,
        last_seen_at=now,
        expires_at=now + scene.settings.session_absolute,
        ended_at=None,
        ended_because=None,
    )
    if before is not None and before.person_id == person_id and store.renew(db, before, fresh, digest(secret)):
        kept = store.find(db, before.id) or fresh
        if kept.acr != before.acr:
            emit.assurance_changed(db, scene, before, kept, participants.of(db, before.id), now)
        return Begun(kept, secret)
    if before is not None:
        ending.end(db, scene, before.id, Because.REPLACED, now)
    store.start(db, fresh, digest(secret))
    return Begun(fresh, secret)


def recognise(db: Connection, who: Visitor, person_id: str, now: datetime) -> tuple[bool, str]:
    """Whether the person signed in on this device before, and the secret by which it is known from now on."""
    owners = store.device_owners(db, digest(who.device_secret), now) if who.device_secret else frozenset()
    known = person_id in owners
    # A device that several people share keeps one secret; a secret that nobody was given here is not taken over.
    secret = who.device_secret if owners else issue("dc")
    store.remember_device(db, person_id, digest(secret), who.device, now, now + DEVICE_LASTS)
    return known, secret


def carry(response: Response, scene: Scene, begun: Begun, device_secret: str) -> None:
    """Give the browser the secrets of its session and of its device."""
    secure = scene.ground.secure
    cookies.put(response, cookies.SESSION, begun.secret, secure)
    cookies.put(response, cookies.DEVICE, device_secret, secure, DEVICE_LASTS)


async def end_current(scene: Scene, request: Request, response: Response) -> Session | None:
    """Sign out: end the session of this browser, if any, and take its cookie back."""
    who = visitor(scene, request)
    now, address = scene.ground.clock.now(), client_address(request)
    cookies.drop(response, cookies.SESSION, scene.ground.secure)
    if not who.session_secret:
        return None

    def unit(db: Connection) -> Session | None:
        session = open_session(db, scene, who, now)
        return ending.end(db, scene, session.id, Because.SIGNED_OUT, now, address) if session else None

    return await scene.ground.database.work(unit)
