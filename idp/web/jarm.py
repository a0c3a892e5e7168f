"""Authorization answers signed, and encrypted where the client registered so (JARM §2)."""

from collections.abc import Mapping
from typing import Any

from clients.records import Client
from idp.scene import Scene
from idp.tokens import sealing
from kit import jose
from kit.problems import Refusal


async def response(scene: Scene, client: Client, claims: Mapping[str, Any]) -> str:
    """The `response` parameter (JARM §2.3). Raises Refusal when the client's encryption key cannot be had."""
    algorithm = client.options.authorization_signed_response_alg or client.id_token_signed_response_alg
    await scene.ring.keep_fresh()
    signed = jose.sign(claims, scene.ring.signing(algorithm), algorithm=algorithm, typ="JWT")
    try:
        to = await sealing.recipient(scene.keysets, client, "authorization")
    except sealing.NoRecipient:
        said = "no key of the app to encrypt the answer with"
        raise Refusal("temporarily_unavailable", said, status=503) from None
    return sealing.nested(signed, to) if to else signed
