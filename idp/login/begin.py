"""A password was right, or a space has just been activated: a sign-in begins, and a code leaves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request

from idp.accounts.records import Person
from idp.login import store
from idp.login.journey import Login, Step, step
from idp.login.methods import one_time_code
from idp.login.methods.one_time_code import Sent, Unreachable, Wait
from idp.login.next import Onward
from idp.scene import Scene
from idp.sessions import cookies
from kit.ids import new
from kit.secrets import digest, issue

_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in in progress, its secret for the browser's cookie, and what became of the code."""

    login: Login
    secret: str
    code: Sent | Wait | Unreachable


def begin(
    db: Connection, scene: Scene, person: Person, asked: Onward, wanted: str, newcomer: bool, now: datetime
) -> Started:
    """Begin a sign-in that leads where it was asked, and send the first code by the channel wanted or the usual one."""
    secret = issue("sec")
    ends = now + scene.settings.interaction_lifetime
    login = Login(new("log", now), person.id, asked.path, asked.towards, newcomer, 0, now, ends, None, None)
    store.begin(db, login, digest(secret))
    return Started(login, secret, one_time_code.send(db, scene, login, person, wanted, now))


def of_browser(db: Connection, secret: str) -> Login | None:
    """The sign-in that this browser is in, over or not."""
    return store.by_digest(db, digest(secret)) if secret else None


def secret_of(scene: Scene, request: Request) -> str:
    """What binds this browser to its sign-in."""
    return cookies.read(request, cookies.SIGN_IN, scene.ground.secure)[:_LONGEST_SECRET]


async def waiting(scene: Scene, request: Request) -> tuple[Login | None, Step]:
    """The sign-in of this browser, and the page that comes next."""
    secret, now = secret_of(scene, request), scene.ground.clock.now()
    login = await scene.ground.database.read(lambda db: of_browser(db, secret)) if secret else None
    return login, step(login, scene.settings.otp_tries, now)
