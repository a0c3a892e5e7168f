"""Something of everything on every page, for the tests that look at all of them."""

import math
from datetime import timedelta

from tests.portal.made import NOW, bundle, consents, grant, line, observation
from tests.portal.stand_in import StandIn

APP = "/espace/applications/grt_1"
PAGES = (
    "/espace/",
    "/espace/mesures",
    "/espace/mesures/glycemie",
    "/espace/mesures/glycemie?du=2026-02-30&au=x",
    "/espace/mesures/poids",
    "/espace/applications",
    APP,
    f"{APP}/modifier",
    f"{APP}/arreter",
    "/espace/applications/grt_0",
    "/espace/applications/grt_0/arretee",
    "/espace/historique",
    "/espace/historique?genre=refused&avant=9",
    "/espace/applications/grt_9",
)
OUTSIDE = ("/", "/espace/au-revoir", "/espace/retour?state=x")


def furnish(services: StandIn) -> None:
    """Something of everything."""
    values = [
        observation(130 + 70 * math.sin(rank / 9), NOW - timedelta(minutes=15 * rank + 1), id=f"obs_{rank}")
        for rank in range(300)
    ]
    former = grant("ended", grant_id="grt_0", ended_because="withdrawn", ended_at="2026-01-01T10:00:00Z")
    version = {
        "version": 2,
        "at": "2026-02-16T09:00:00Z",
        "by": {"kind": "person"},
        "status": "active",
        "changes": {"added": consents("measures:write"), "status": ["pending", "active"]},
    }
    current = grant(agreed=("measures:read", "measures:write"), history=[version], refused_30_days=2)
    waiting = grant("pending", (), grant_id="grt_2", pairing_id="par_2", since=None, until=None)
    children = [{"person_id": f"per_{rank}", "name": f"Enfant {rank}", "waiting": True} for rank in range(3)]
    lines = [
        line("GlucoLink a ajouté 96 mesures de glycémie.", timedelta(minutes=rank), id=90 - rank) for rank in range(3)
    ]
    lines.append(
        line("GlucoLink a voulu lire vos mesures. Refusé : vous n’avez pas donné cet accord.", outcome="refused")
    )
    services.answers |= {
        ("GET", "/dossier/fhir/Observation"): bundle(*values),
        ("GET", "/consent/grants"): {"grants": [current, waiting, former]},
        ("GET", "/consent/grants/grt_1"): current,
        ("GET", "/consent/grants/grt_0"): former,
        ("GET", "/consent/space"): {"state": "activated", "children": children},
        ("GET", "/consent/journal"): {"entries": lines, "next": 41},
        ("POST", "/consent/grants/grt_1/pause"): grant("paused", version=4),
    }
