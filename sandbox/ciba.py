"""The demo's person who answers at once: a script says what they decide (FAPI-CIBA conformance suite)."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from consent.actors import holder
from idp.ciba import notify
from idp.decoupled import deciding, store
from idp.decoupled.deciding import Choices
from idp.decoupled.records import CIBA
from idp.scene import Scene
from idp.sessions.records import Session
from idp.web import agreements
from kit.http import client_address, json_response
from kit.problems import Refusal

_WORDS = {"allow": True, "deny": False, "refuse": False}
_LASTS = "P3M"


async def decide(request: Request) -> Response:
    """POST /sandbox/ciba?auth_req_id=…&decision=allow|refuse (`action=allow|deny` is the same). Raises Refusal."""
    scene: Scene = request.app.state.idp
    said = request.query_params.get("decision") or request.query_params.get("action") or ""
    if said not in _WORDS:
        raise Refusal("invalid_request", "decision is allow or refuse", status=422)
    value, now = request.query_params.get("auth_req_id", ""), scene.ground.clock.now()

    def unit(db: Connection) -> str:
        demand = store.presented(db, CIBA, value)
        client = scene.clients.peek(db, demand.client_id) if demand else None
        if demand is None or client is None or demand.person_id is None or not demand.open(now):
            raise Refusal("demand_over", "no request of this name waits for an answer", status=404)
        by = holder(demand.person_id, context="consents_page", address=client_address(request))
        if _WORDS[said]:
            left = agreements.questions(db, client, demand.asked, demand.person_id, now)
            choices = Choices(demand.asked.scope, left.consents, _LASTS)
            session = _signed_in(scene, demand.person_id)
            after = deciding.allow(db, scene, client, demand, session, by, choices, now)
        else:
            after = deciding.refuse(db, client, demand, by, now)
        notify.answered(db, scene, client, after, now)
        return str(after.status)

    return json_response({"status": await scene.ground.database.work(unit)}, store=False)


def _signed_in(scene: Scene, person_id: str) -> Session:
    """As if they had just signed in, on no device."""
    now, settings = scene.ground.clock.now(), scene.settings
    return Session(
        id="",
        person_id=person_id,
        auth_time=now,
        acr=settings.acr_password_otp,
        amr=("pwd", "otp", "mfa"),
        device="",
        created_at=now,
        last_seen_at=now,
        expires_at=now,
        ended_at=None,
        ended_because=None,
    )
