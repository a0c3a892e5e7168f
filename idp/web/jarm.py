"""Authorization answers signed, and encrypted where the client registered so (JARM §2)."""

from collections.abc import Mapping
from typing import Any

from clients.records import Client
from idp.scene import Scene
from kit import jose


async def response(scene: Scene, client: Client, claims: Mapping[str, Any]) -> str:
    """The `response` parameter (JARM §2.3)."""
    algorithm = client.options.authorization_signed_response_alg or client.id_token_signed_response_alg
    return jose.sign(claims, scene.ring.signing(algorithm), algorithm=algorithm, typ="JWT")
