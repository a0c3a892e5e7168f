"""The addresses of this API."""

from starlette.routing import Route

from consent.api import grants, journal, pairings, space
from consent.api.answers import Handler, endpoint
from consent.scene import Scene

ADDRESSES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/pairings", pairings.create),
    ("GET", "/pairings/{pairing}", pairings.one),
    ("DELETE", "/pairings/{pairing}", pairings.end),
    ("GET", "/consent/space", space.own),
    ("POST", "/consent/children/{child}/decision", space.decide),
    ("GET", "/consent/grants", grants.listed),
    ("GET", "/consent/grants/{grant}", grants.one),
    ("POST", "/consent/grants/{grant}/amend", grants.amend),
    ("POST", "/consent/grants/{grant}/pause", grants.pause),
    ("POST", "/consent/grants/{grant}/resume", grants.resume),
    ("POST", "/consent/grants/{grant}/end", grants.end),
    ("GET", "/consent/journal", journal.lines),
)


def routes(scene: Scene) -> list[Route]:
    """Every address, answered with `scene`."""
    return [Route(path, endpoint(scene, handler), methods=[method]) for method, path, handler in ADDRESSES]
