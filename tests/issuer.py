"""Somebody else who says who people are: an issuer that the tests' house trusts (RFC 7523 §2.1)."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from msgspec.structs import replace as but
from sqlalchemy import Connection

from clients import store
from idp.protocol import exchanges
from idp.protocol.bearer import GRANT_TYPE
from idp.trust import links
from tests.house import Home
from tests.party import Party, Reply

ISSUER = "https://employer.example"
KEYS = Path(__file__).parent / "assets" / "issuer.jwks.json"
"""What it publishes."""
KEY = ECKey.import_key(
    {
        "kty": "EC",
        "crv": "P-256",
        "kid": "issuer-1",
        "x": "KGV_YS263Bs624OjOxADQ4_ex3Nkh_MeSh9cvlOHk3g",
        "y": "_XlvSNPeLCwVSxuQVOnz1pvexkJPbLRT3ZSzCQklgLk",
        "d": "AXW9yD0h18sNfiQRwgbt97DxWI2MDb5EkSMC-TrLFg0",  # made for these tests, good for nothing else
    }
)
SUBJECT = "gabrielle@employer.example"


async def trusted(home: Home, app: Party, person: str = "gabrielle") -> None:
    """The app may bring its assertions, and it speaks of that person. It may exchange tokens too."""

    def unit(db: Connection) -> None:
        client, now = store.find(db, app.client_id), home.clock.now()
        assert client is not None
        options = but(client.options, assertion_issuers=(ISSUER,))
        store.replace(
            db,
            replace(client, options=options, grant_types=client.grant_types | {GRANT_TYPE, exchanges.GRANT_TYPE}),
            now,
        )
        links.link(db, ISSUER, SUBJECT, home.person(person)["person_id"], now)

    await home.database.work(unit)
    home.clients.forget(app.client_id)


def assertion(home: Home, *, key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """What it says of somebody; a change of None leaves a claim out."""
    now = int(home.clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": home.issuer,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(12),
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": "issuer-1", **(header or {})}, kept, key)


async def brought(app: Party, text: str, **form: str | None) -> Reply:
    """The app brings it."""
    return await app.token(grant_type=GRANT_TYPE, assertion=text, **form)
