"""Addresses of a registration that we call ourselves: may we, and what does the one we call now say?"""

from clients.records import Client
from idp.registration.wanted import invalid
from idp.scene import Scene
from kit.fetch import Unreachable

_CALLED = (
    "jwks_uri",
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "backchannel_client_notification_endpoint",
)


async def check(scene: Scene, client: Client) -> None:
    """Raises Refusal."""
    for name in _CALLED:
        _callable(scene, name, getattr(client.options, name))
    for uri in client.options.request_uris:
        _callable(scene, "request_uris", uri.partition("#")[0])
    sector = client.options.sector_identifier_uri
    if sector:
        await _holds(scene, sector, _own(client))


def _callable(scene: Scene, name: str, uri: str) -> None:
    why = scene.fetch.refused(uri) if uri else None
    if why:
        raise invalid(f"{name}: {why}")


def _own(client: Client) -> tuple[str, ...]:
    """The addresses that show whose a sector is: those of redirects; without one, what CIBA §4 says in their place."""
    options = client.options
    called = options.backchannel_client_notification_endpoint or options.jwks_uri
    own = client.redirect_uris or ((called,) if called else ())
    if not own:
        raise invalid("sector_identifier_uri: no address of the client could be named there")
    return own


async def _holds(scene: Scene, sector: str, own: tuple[str, ...]) -> None:
    """OpenID Connect Registration §5: the document there names every address of the client's."""
    try:
        named = await scene.fetch.json(sector)
    except Unreachable as error:
        raise invalid("sector_identifier_uri: its document cannot be had") from error
    if not isinstance(named, list) or any(uri not in named for uri in own):
        raise invalid("sector_identifier_uri: its document does not name every address of the client")
