"""Who we are, for machines: metadata and keys. The documents are made once; the key set whenever the keys change."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from idp.decoupled import metadata as decoupled
from idp.launch import web as launch
from idp.protocol import metadata, resources
from idp.protocol.metadata import Facts
from idp.protocol.resources import Resource
from idp.registration import metadata as registration
from idp.scene import Scene
from idp.server.server import GRANTS
from kit.http import json_response

_OPEN = {"access-control-allow-origin": "*"}
_KEPT = {**_OPEN, "cache-control": "public, max-age=300"}
_GRANTS = tuple(grant.GRANT_TYPE for grant in GRANTS)

ROOMS: tuple[Callable[[Facts], dict[str, Any]], ...] = (
    decoupled.announced,
    registration.announced,
    launch.announced,
)
"""What each further room announces of itself."""
MANAGEMENT = "/espace/applications"
"""The page of the person's portal where their agreements are, below the issuer."""


async def provider(request: Request) -> Response:
    """GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server."""
    scene: Scene = request.app.state.idp
    return json_response(_provider(_facts(scene), _elsewhere(scene)), headers=_KEPT)


async def smart(request: Request) -> Response:
    """GET {FHIR base}/.well-known/smart-configuration."""
    scene: Scene = request.app.state.idp
    return json_response(_smart(_facts(scene)), headers=_KEPT)


def resource(about: Resource) -> Callable[[Request], Awaitable[Response]]:
    """GET /.well-known/oauth-protected-resource{path of the resource} (RFC 9728 §3)."""

    async def answer(request: Request) -> Response:
        scene: Scene = request.app.state.idp
        said = resources.described(about, scene.issuer, certificates=_certificates(scene))
        return json_response(said, headers=_KEPT)

    return answer


def _elsewhere(scene: Scene) -> str:
    """Where apps come with a certificate; empty when nowhere else."""
    desk = scene.tokens.desk
    return desk.origins[-1] if desk is not None else ""


def _certificates(scene: Scene) -> bool:
    return scene.tokens.desk is not None and scene.tokens.desk.certificates


def _facts(scene: Scene) -> Facts:
    return metadata.facts(
        scene.issuer,
        resources=scene.resources,
        grants=_GRANTS,
        algorithms=scene.ring.algorithms,
        optional=scene.settings.profiles,
        certificates=_certificates(scene),
        encryption=scene.ring.encryption_algorithms,
    )


@lru_cache(maxsize=8)
def _provider(known: Facts, elsewhere: str) -> msgspec.Raw:
    document = _composed(known)
    document |= resources.aliases(document, known.issuer, elsewhere)
    return msgspec.Raw(msgspec.json.encode(document))


@lru_cache(maxsize=8)
def _smart(known: Facts) -> msgspec.Raw:
    manage = f"{known.issuer}{MANAGEMENT}"
    return msgspec.Raw(msgspec.json.encode(metadata.smart(known, _composed(known), manage=manage)))


def _composed(known: Facts) -> dict[str, Any]:
    """The provider's document, room by room."""
    document = metadata.provider(known)
    for room in ROOMS:
        document |= room(known)
    return document


async def jwks(request: Request) -> Response:
    """GET /jwks (RFC 7517 §5)."""
    scene: Scene = request.app.state.idp
    await scene.ring.keep_fresh()
    age = int(scene.ring.settings.jwks_max_age.total_seconds())
    return json_response(
        scene.ring.jwks(),
        media_type="application/jwk-set+json",
        headers={**_OPEN, "cache-control": f"public, max-age={age}"},
    )
