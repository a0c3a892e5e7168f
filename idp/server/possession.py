"""The key that the caller proves to hold at our own endpoints: what its tokens, or its code, will be bound to.

RFC 9449 (DPoP) and RFC 8705 §3 (certificates). Nothing here costs a client whose tokens are bound to nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.requests import Request

from clients import profiles
from clients.records import Client
from idp.scene import Scene
from idp.server.call import Call
from idp.server.errors import InvalidRequestError
from idp.tokens.binding import Binding
from kit.proof import dpop, mtls
from kit.proof.desk import HEADER, Desk
from kit.proof.dpop import BadProof, NeedsNonce, Proof
from kit.telemetry import log


class InvalidProof(OAuth2Error):  # type: ignore[misc]
    """RFC 9449 §5: 400."""

    error = "invalid_dpop_proof"


class UseNonce(OAuth2Error):  # type: ignore[misc]
    """RFC 9449 §8: 400; the nonce to use goes with the answer."""

    error = "use_dpop_nonce"


def concerned(client: Client, request: Request) -> bool:
    """True when this request's tokens are to be bound: it brings a proof, or its client's always are."""
    return HEADER in request.headers or profiles.bound(client)


async def bind(scene: Scene, call: Call, client: Client, request: Request, now: datetime) -> Binding | None:
    """What the tokens of this request are bound to. Raises OAuth2Error.

    A proof binds whoever sends one. Without it a certificate does, for a client that registered so or whose profile
    asks for either. What is asked for and missing is `invalid_request`.
    """
    options = client.options
    if HEADER in request.headers:
        return Binding("jkt", (await _proof(scene, client, request, now)).jkt)
    if options.dpop_bound_access_tokens:
        raise InvalidRequestError("a DPoP proof is needed (RFC 9449)")
    if not profiles.bound(client):
        return None
    certificate = mtls.presented(request)
    if certificate is None:
        wanted = "a client certificate" if options.tls_client_certificate_bound_access_tokens else "a DPoP proof"
        raise InvalidRequestError(f"{wanted} is needed: tokens of this client are bound to a key")
    return Binding("x5t#S256", certificate.thumbprint)


async def jkt_at_par(scene: Scene, call: Call, client: Client, request: Request, now: datetime) -> str | None:
    """The key that must bring the code, proven by a DPoP header at the PAR endpoint (RFC 9449 §10.1); None without.

    Raises OAuth2Error, also when `dpop_jkt` names another key.
    """
    if HEADER not in request.headers:
        return None
    jkt = (await _proof(scene, client, request, now)).jkt
    if call.form.get("dpop_jkt", jkt) != jkt:
        raise InvalidRequestError("dpop_jkt is not the key of the DPoP proof (RFC 9449)")
    return jkt


def algorithms(client: Client) -> Sequence[str]:
    """What a client's proofs may be signed with."""
    return [name for name in dpop.ALGORITHMS if name in profiles.of(client).signing_algorithms]


async def _proof(scene: Scene, client: Client, request: Request, now: datetime) -> Proof:
    desk = _desk(scene)
    needed = profiles.of(client).dpop_nonce
    try:
        return await desk.prove(request, now, algorithms=algorithms(client), nonce_needed=needed)
    except NeedsNonce:
        raise UseNonce(description="the DPoP proof needs the nonce given here") from None
    except BadProof as error:
        log.info("proof_refused", client_id=client.client_id, why=str(error))
        raise InvalidProof(description=str(error)) from error


def _desk(scene: Scene) -> Desk:
    if scene.tokens.desk is None:
        raise InvalidRequestError("DPoP proofs are not taken here")
    return scene.tokens.desk
