"""A program signs in for a made-up person, who reads no code: beside a demo clock, and nowhere else."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts import acts
from idp.accounts.records import Account
from idp.login import next as onward
from idp.scene import Scene
from idp.sessions import browser
from idp.sessions.browser import Begun
from kit.http import client_address

ACR = "eidas1"
"""What a password alone is worth: a page that wants more asks again, and gets no more."""
AMR = ("pwd",)


def form_action(scene: Scene, said: str) -> tuple[str, ...]:
    """Where the form of the password may end up (CSP): for others a page of ours always comes between."""
    towards = onward.read(scene, said).towards if scene.unattended else ""
    return (towards,) if towards else ()


async def enter(scene: Scene, request: Request, said: str, account: Account) -> Response:
    """The session begins at the password. Raises ValueError for anybody whom the scene does not name."""
    if account.identifier not in scene.unattended:
        raise ValueError("this person has a second proof to give")
    now, who, address = scene.ground.clock.now(), browser.visitor(scene, request), client_address(request)

    def unit(db: Connection) -> tuple[Begun, str]:
        begun = browser.begin(db, scene, who, account.person_id, ACR, AMR, now)
        acts.note(db, account.person_id, "session.started", now, address=address, session_id=begun.session.id)
        return begun, browser.recognise(db, who, account.person_id, now)[1]

    begun, device_secret = await scene.ground.database.work(unit)
    response = RedirectResponse(onward.read(scene, said).path, 303)
    browser.carry(response, scene, begun, device_secret)
    return response
