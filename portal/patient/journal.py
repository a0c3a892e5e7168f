"""«Historique»: who did what in the person's space."""

from starlette.responses import Response

from portal.patient import agreements
from portal.patient.agreements import Line
from portal.patient.cards import journal as cards
from portal.patient.files import table_file
from portal.visit import Visit

_LINES = 50
_FILE_PAGE = 200
_MOST_PAGES = 50


async def shown(visit: Visit) -> Response:
    """GET /espace/historique?application=…&genre=…&avant=…"""
    app, kind, before = _asked(visit)
    lines = await agreements.journal(visit.api, _LINES, before, app, kind)
    apps = await agreements.apps(visit.api)
    kept = visit.scene.settings.journal_kept
    card = cards.journal_card(lines, apps, app=app, kind=kind, before=before, kept=kept, now=visit.now)
    return visit.show("portal/journal.html", card=card)


async def file(visit: Visit) -> Response:
    """GET /espace/historique.csv: the same lines, to take away; the 10,000 last ones at most."""
    app, kind, before = _asked(visit)
    lines: list[Line] = []
    for _ in range(_MOST_PAGES):
        page = await agreements.journal(visit.api, _FILE_PAGE, before, app, kind)
        lines.extend(page.entries)
        before = page.next
        if before is None:
            break
    return table_file("historique.csv", cards.file_rows(lines))


def _asked(visit: Visit) -> tuple[str, str, int | None]:
    kind, before = visit.asked("genre"), visit.asked("avant")
    known = before.isascii() and before.isdigit() and 0 < len(before) < 10 and int(before) > 0
    return visit.asked("application")[:100], kind if kind in cards.KINDS else "", int(before) if known else None
