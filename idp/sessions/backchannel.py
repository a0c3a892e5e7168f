"""OpenID Connect Back-Channel Logout 1.0: each client that took part in a session is told that it is over.

Written with the end itself, told after it, told again until the client has heard. Tokens for offline access stay good
(§2.7); those that live with the session ended with it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from clients.records import Client
from idp.protocol import subjects
from idp.scene import Scene
from idp.sessions.records import Session
from idp.tokens import sealing
from kit import jose
from kit.fetch import Unreachable
from kit.ids import new
from kit.outbox import NotDelivered
from kit.telemetry import events

DELIVERY = "logout.backchannel"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = timedelta(minutes=2)
"""§2.4: a token is made for each attempt, so that none has to last."""


def attend(scene: Scene) -> None:
    """Have the outbox's deliveries of this kind done here."""

    async def deliver(payload: Mapping[str, Any]) -> None:
        await _deliver(scene, str(payload["client"]), str(payload["person"]), str(payload["session"]))

    scene.ground.outbox.handle(DELIVERY, deliver)


def tell(db: Connection, scene: Scene, session: Session, clients: Sequence[str], now: datetime) -> int:
    """Write down, in the present transaction, that these clients must be told; gives how many asked for it."""
    told = 0
    for client_id in clients:
        client = scene.clients.peek(db, client_id)
        if client is not None and client.options.backchannel_logout_uri:
            payload = {"client": client_id, "person": session.person_id, "session": session.id}
            scene.ground.outbox.put(db, DELIVERY, payload, now, about=client_id)
            told += 1
    return told


def logout_token(scene: Scene, client: Client, person_id: str, session_id: str, now: datetime) -> str:
    """§2.4: the person as this client knows them, and the session; never a nonce."""
    at = int(now.timestamp())
    claims = {
        "iss": scene.issuer,
        "aud": client.client_id,
        "iat": at,
        "exp": at + int(LASTS.total_seconds()),
        "jti": new("lgt", now),
        "sub": subjects.of(scene.subject_key, client, person_id),
        "sid": session_id,
        "events": {EVENT: {}},
    }
    algorithm = client.id_token_signed_response_alg
    return jose.sign(claims, scene.ring.signing(algorithm), algorithm=algorithm, typ="logout+jwt")


async def _deliver(scene: Scene, client_id: str, person_id: str, session_id: str) -> None:
    client = await scene.clients.get(client_id)
    if client is None or not client.options.backchannel_logout_uri:
        return  # it left, or does not want to hear of it any more
    await scene.ring.keep_fresh()
    token = logout_token(scene, client, person_id, session_id, scene.ground.clock.now())
    try:
        recipient = await sealing.recipient(scene.keysets, client, "id_token")  # §2.4: encrypted as id tokens are
        form = {"logout_token": sealing.nested(token, recipient) if recipient else token}
        answer = await scene.fetch.post(client.options.backchannel_logout_uri, form=form)
    except Unreachable as error:
        raise NotDelivered(str(error)) from error
    except sealing.NoRecipient as error:
        raise NotDelivered("no key of the client to encrypt to") from error
    if not answer.ok:
        raise NotDelivered(f"status {answer.status}")
    events.labels("backchannel_logout_told").inc()
