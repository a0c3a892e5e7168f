"""What must be asked of the person before the app is answered: their proof, then their agreement."""

from datetime import datetime

from clients.records import Client
from consent.verdicts import REFUSALS, Allow, Refuse, Verdict
from idp.protocol import grant_management, prompts, subjects
from idp.protocol.prompts import Refused, SignIn, Step
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.sessions.records import Session
from idp.tokens.records import Authentication


def settle(
    scene: Scene,
    client: Client,
    asked: AuthorizationRequest,
    session: Session | None,
    verdict: Verdict | None,
    asked_at: datetime,
    now: datetime,
) -> Step:
    """The next step, from the browser's session and the consent's verdict on its person."""
    subject, who = None, None
    if session is not None:
        who = Authentication(session.id, session.auth_time, session.acr, session.amr)
        if asked.hinted_subject is not None:
            subject = subjects.of(scene.subject_key, client, session.person_id)
    agreed = isinstance(verdict, Allow)
    step = prompts.next_step(asked, who=who, subject=subject, agreed=agreed, asked_at=asked_at, now=now)
    if isinstance(verdict, Refuse) and verdict.code == "grant_mismatch" and not isinstance(step, SignIn):
        gone = grant_management.unknown()
        return Refused(gone.code, gone.description)
    if isinstance(verdict, Refuse) and not isinstance(step, SignIn):
        return Refused("access_denied", REFUSALS[verdict.code])
    return step
