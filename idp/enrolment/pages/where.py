"""Where this browser is in its activation; each page begins by asking."""

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent import spaces_store
from consent.spaces import Space
from idp.accounts import store as accounts
from idp.accounts.records import Account, Person
from idp.enrolment import store
from idp.enrolment.records import Enrolment, Step, step
from idp.scene import Scene
from idp.sessions import cookies
from kit.secrets import digest

START = "/activation"
PAGES = {
    Step.IDENTIFY: f"{START}?over=1",
    Step.DECIDE: f"{START}/decision",
    Step.ACCOUNT: f"{START}/compte",
    Step.DONE: "/signin",
}
_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class Situation:
    """The activation of a browser, and all that is known of the person it is about."""

    step: Step
    enrolment: Enrolment
    person: Person
    account: Account | None
    space: Space | None


async def find(scene: Scene, request: Request) -> Situation | None:
    """The situation of this browser; None for a browser that proved nothing, or too long ago."""
    secret = cookies.read(request, cookies.ACTIVATION, scene.ground.secure)[:_LONGEST_SECRET]
    if not secret:
        return None
    return await scene.ground.database.read(lambda db: situation(db, scene, store.by_digest(db, digest(secret))))


def situation(db: Connection, scene: Scene, enrolment: Enrolment | None) -> Situation | None:
    """The situation of an activation in progress; None when its time is over."""
    here = step(enrolment, scene.ground.clock.now())
    person = accounts.find(db, enrolment.person_id) if enrolment else None
    if enrolment is None or person is None or here is Step.IDENTIFY:
        return None
    account = accounts.account(db, person.id)
    return Situation(here, enrolment, person, account, spaces_store.find(db, person.id))


def go(here: Step) -> Response:
    """To the page of that step."""
    return RedirectResponse(PAGES[here], 303)
