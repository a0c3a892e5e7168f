"""Who we are, for machines: metadata and keys. The documents are made once; the key set whenever the keys change."""

from functools import lru_cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from idp.protocol import metadata
from idp.scene import Scene
from idp.server.server import AUTH_METHODS, GRANTS
from kit.http import json_response

_OPEN = {"access-control-allow-origin": "*"}
_KEPT = {**_OPEN, "cache-control": "public, max-age=300"}
_GRANTS = tuple(grant.GRANT_TYPE for grant in GRANTS)


async def provider(request: Request) -> Response:
    """GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server."""
    scene: Scene = request.app.state.idp
    return json_response(_provider(scene.issuer, tuple(scene.resources), scene.ring.algorithms), headers=_KEPT)


async def smart(request: Request) -> Response:
    """GET {FHIR base}/.well-known/smart-configuration."""
    scene: Scene = request.app.state.idp
    return json_response(_smart(scene.issuer), headers=_KEPT)


@lru_cache(maxsize=8)
def _provider(issuer: str, resources: tuple[str, ...], algorithms: tuple[str, ...]) -> msgspec.Raw:
    document = metadata.provider(
        issuer,
        resources=resources,
        grants=_GRANTS,
        auth_methods=AUTH_METHODS,
        algorithms=algorithms,
        client_algorithms=metadata.client_algorithms(),
    )
    return msgspec.Raw(msgspec.json.encode(document))


@lru_cache(maxsize=8)
def _smart(issuer: str) -> msgspec.Raw:
    document = metadata.smart(
        issuer, grants=_GRANTS, auth_methods=AUTH_METHODS, client_algorithms=metadata.client_algorithms()
    )
    return msgspec.Raw(msgspec.json.encode(document))


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
