"""Security event tokens (RFC 8417), signed as they leave: a key that was rotated meanwhile is no trouble."""

from idp.scene import Scene
from idp.signals.queue import Signal
from kit import jose

ALGORITHM = "RS256"
"""What the CAEP interoperability profile §2.6 wants of every event."""
TYPE = "application/secevent+jwt"


def make(scene: Scene, client_id: str, signal: Signal) -> str:
    """RFC 8417 §2.2, SSF 1.0 §4: neither `sub` nor `exp`; `typ` says what it is."""
    claims = {
        "iss": scene.issuer,
        "jti": signal.id,
        "iat": int(signal.created_at.timestamp()),
        "aud": client_id,
        **signal.claims,
    }
    return jose.sign(claims, scene.ring.signing(ALGORITHM), algorithm=ALGORITHM, typ="secevent+jwt")
