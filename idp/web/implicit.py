"""Tokens given at once, without a code (OpenID Connect Core §3.2): for OpenID Connect as certified, and nothing else.

No client but one of the compatible profile can ask for it, and no setting but one that names that profile serves it.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from clients.records import Client
from consent.grants import Grant
from idp.accounts import store as accounts
from idp.protocol import claims, subjects
from idp.protocol.responses import Answer
from idp.scene import Scene
from idp.server import issuing
from idp.server.exchange import Exchange
from idp.server.ledger import Ledger
from idp.server.views import ClientView
from idp.tokens import families, id_tokens
from idp.tokens.records import Code, Family


def answer(db: Connection, scene: Scene, client: Client, kind: str, code: Code, grant: Grant, now: datetime) -> Answer:
    """What a code would have led to, in the answer itself; never a refresh token."""
    scope = code.scope - {"offline_access", "online_access"}
    if kind == "id_token":
        return {"id_token": _alone(db, scene, client, replace(code, scope=scope), now)}
    family = Family(
        id=code.family_id,
        client_id=code.client_id,
        person_id=code.person_id,
        grant_id=code.grant_id,
        kind="online",
        scope=scope,
        audience=code.audience,
        authentication=code.authentication,
        created_at=now,
        expires_at=now + scene.settings.session_absolute,
        claims=code.claims,
        details=code.details,
    )
    families.save(db, family)
    exchange = Exchange(scene, now, ClientView(client), db=db, books=Ledger(db, scene, client))
    given = issuing.for_family(exchange, client, family, grant, refresh_token=None, nonce=code.nonce)
    names = ("access_token", "token_type", "expires_in", "scope", "id_token")
    return {name: str(given[name]) for name in names if name in given}


def _alone(db: Connection, scene: Scene, client: Client, code: Code, now: datetime) -> str:
    """An id token that no access token goes with: it holds the claims of the scopes itself (§5.4)."""
    profile = accounts.claims(db, code.person_id)
    names = claims.asked(code.claims, "id_token", code.scope) | set(claims.of_scopes(code.scope))
    return id_tokens.make(
        scene.ring,
        scene.issuer,
        client,
        subject=subjects.of(scene.subject_key, client, code.person_id),
        authentication=code.authentication,
        nonce=code.nonce,
        access_token=None,
        now=now,
        lifetime=scene.settings.id_token_lifetime,
        more=claims.told(profile, frozenset(names)) if profile else None,
    )
