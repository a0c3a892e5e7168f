"""`/consent/journal`: who did what in the holder's space (R105)."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from consent import journal
from consent.api import cards
from consent.api.answers import JOURNAL, found, number
from consent.journal import Recorded
from consent.scene import Scene
from kit.problems import Refusal

_FAR = 2**31 - 1


async def lines(scene: Scene, request: Request) -> Response:
    """GET /consent/journal?before=&limit=&client_id=&kind=: the newest first; `next` is the `before` of the next."""
    claims, now = await scene.guard.admit(request), scene.ground.clock.now()
    limit = number(request, "limit", default=scene.settings.journal_page, most=scene.settings.journal_page_most)
    before = number(request, "before", default=None, most=_FAR)
    client_id = request.query_params.get("client_id") or None
    kind = request.query_params.get("kind") or None
    if kind is not None and kind not in journal.KINDS:
        raise Refusal("invalid_request", f"kind is one of {', '.join(journal.KINDS)}", status=400)
    size = limit or scene.settings.journal_page

    def unit(db: Connection) -> tuple[str, list[Recorded]]:
        permit = scene.access.decide(db, claims, JOURNAL, now)
        return permit.person_id, journal.page(db, permit.person_id, before, size + 1, client_id, kind)

    reader, some = await scene.ground.database.read(unit)
    shown = some[:size]
    more = shown[-1].seq if len(some) > size else None
    return found({"entries": [cards.line(one, reader) for one in shown], "next": more})
