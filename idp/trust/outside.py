"""What a grant type needs from elsewhere, gathered before its transaction: keys of issuers, introspection."""

import base64
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import msgspec
from joserfc.jwk import Key

from clients.options import Options
from clients.records import Client, Kind, Status
from idp.protocol import exchanges
from idp.protocol.bearer import GRANT_TYPE as BEARER
from idp.scene import Scene
from idp.trust.said import Outside
from kit import jose
from kit.fetch import Unreachable
from kit.telemetry import log

KINDS = frozenset({exchanges.GRANT_TYPE, BEARER})


async def gather(scene: Scene, form: dict[str, str], client: Client, now: datetime) -> Outside:
    """Only for a client that may use the grant type, and only from those whom the settings name."""
    kind = form.get("grant_type", "")
    if kind not in client.grant_types:
        return Outside()
    if kind == BEARER:
        return Outside(keys=tuple(await _keys_of(scene, form.get("assertion", ""), client, now)))
    if exchanges.foreign(form.get("subject_token", ""), scene.settings.professionals.issuer):
        return await _introspected(scene, form, client)
    return Outside()


async def _keys_of(scene: Scene, assertion: str, client: Client, now: datetime) -> list[Key]:
    """The keys of the assertion's issuer, when this client may bring its assertions."""
    try:
        issuer, kid = jose.peek(assertion).get("iss"), jose.header_of(assertion).get("kid")
    except jose.BadToken:
        return []
    known = dict(one.partition("=")[::2] for one in scene.settings.trust.issuers)
    if not isinstance(issuer, str) or issuer not in client.options.assertion_issuers or issuer not in known:
        return []
    where = known[issuer]
    options = Options(jwks_uri=where) if "://" in where else Options()
    jwks = None if options.jwks_uri else _file(where)
    who = Client(
        f"issuer {issuer}", issuer, Kind.MACHINE, Status.REFERENCED, now, jwks=jwks, options=options
    )  # the keys of clients and of issuers are had, kept and bounded alike
    return await scene.keysets.keys(who, kid if isinstance(kid, str) else None)


async def _introspected(scene: Scene, form: dict[str, str], client: Client) -> Outside:
    """RFC 7662 at the professionals' issuer. Their token goes there and nowhere else."""
    there = scene.settings.professionals
    pair = f"{quote_plus(there.client_id)}:{quote_plus(there.client_secret)}"
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}", "accept": "application/json"}
    asked = {"token": form["subject_token"], "token_type_hint": "access_token"}
    keys = tuple(await scene.keysets.keys(client)) if form.get("actor_token") else ()
    try:
        answer = await scene.fetch.post(there.introspection_endpoint, form=asked, headers=headers)
        said = msgspec.json.decode(answer.body) if answer.ok else None
    except (Unreachable, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        log.warning("introspection_failed", why=type(error).__name__)
        return Outside(keys=keys, foreign=True, away=True)
    if not isinstance(said, dict):
        log.warning("introspection_failed", why=f"status {answer.status}")
        return Outside(keys=keys, foreign=True, away=True)
    return Outside(keys=keys, introspected=said, foreign=True)


@lru_cache(maxsize=16)
def _file(path: str) -> dict[str, Any]:
    """A key set; none when the file is not there or is not one, which is for the log."""
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError, RecursionError) as error:
        log.warning("issuer_keys_unreadable", why=type(error).__name__)
        return {}
    return found if isinstance(found, dict) else {}
