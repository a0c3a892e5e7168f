"""The short way of the authorization endpoint: the person is signed in and agreed before, so nothing is asked."""

from datetime import datetime

from clients.records import Client
from consent import live
from idp.accounts.records import Status
from idp.protocol.prompts import Go
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.sessions import store
from idp.sessions.records import alive
from idp.tokens import codes, hot
from idp.web import agreements, steps
from kit.secrets import digest, issue


async def code(
    scene: Scene, client: Client, asked: AuthorizationRequest, session_secret: str, now: datetime
) -> str | None:
    """A code, with one statement to read and one to write; None when anything is out of the ordinary."""
    lane = scene.ground.database.lane
    if lane is None or not session_secret or asked.launch is not None or asked.response_type != "code":
        return None
    row = await lane.one(hot.SESSION, digest_=digest(session_secret), client=client.client_id)
    if row is None or row["account_status"] != Status.ACTIVE:
        return None
    session = store.session_of(row)
    grant, space = live.both(row)
    if grant is None or not alive(session, scene.settings.session_idle, now) or store.due(session, now):
        return None
    if not agreements.covered(client, asked, grant):
        return None
    verdict = agreements.judge(client, asked, grant, space, now)
    if not isinstance(steps.settle(scene, client, asked, session, verdict, now, now), Go):
        return None
    value = issue("ac")
    row = codes.columns(agreements.record(scene, client, asked, session, grant, now), value)
    if asked.pushed is None:
        await lane.one(hot.SAVE_CODE, **row)
        return value
    code_row = {f"code_{name}": held for name, held in row.items()}
    burnt = await lane.one(hot.ANSWER_PUSHED, mark=asked.pushed, now=now, **code_row)
    return value if burnt is not None else None
