"""The record of a client that registers itself: new, or as its holder changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from clients import metadata
from clients.metadata import BadMetadata
from clients.records import AuthMethod, Client, Kind, Status
from idp.registration.wanted import Wanted, invalid
from idp.scene import Scene
from idp.server.client_auth import SECRETS
from kit.ids import new
from kit.problems import Refusal
from kit.secrets import digest, issue, same

_SHARED = frozenset({AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST})
_SEEN = (
    *("name", "redirect_uris", "post_logout_redirect_uris", "site_uri", "policy_uri", "scope", "consents"),
    *("grant_types", "auth_method"),
)
"""What was looked at before an app was referenced: an app that changes it is looked at again (R155)."""
_SEEN_OPTIONS = (
    *("logo_uri", "tos_uri", "sector_identifier_uri", "subject_type", "launch_uri", "initiate_login_uri"),
    "response_types",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A record, its registration token when it is new, and its secret when one was made."""

    client: Client
    token: str
    secret: str | None


def fresh(scene: Scene, wanted: Wanted, now: datetime) -> Made:
    """A new client. Raises Refusal when it does not hold together."""
    client_id, token = new("app", now), issue("reg")
    secret, kept = _secret(scene, client_id, wanted.auth_method)
    settings = scene.settings.registration
    machine = wanted.values["grant_types"] <= {"client_credentials"}
    values = {**wanted.values, "name": wanted.values["name"] or _host(wanted) or client_id}
    client = Client(
        client_id=client_id,
        kind=Kind.MACHINE if machine else Kind.APP,
        status=Status(settings.status),
        created_at=now,
        registration_digest=digest(token),
        **values,
        **kept,
    )
    return Made(_sound(scene, client), token, secret)


def changed(scene: Scene, before: Client, wanted: Wanted, token: str) -> Made:
    """The client as its holder wants it (RFC 7592 §2.2): what it does not say falls back to what is usual.

    A secret stays as long as the client proves itself by one. What runs the house decided stays too: its status (unless
    what was looked at changed), its kind, its sector.
    """
    secret, kept = None, _proof_of(before)
    if not _same_proof(before.auth_method, wanted.auth_method):
        secret, kept = _secret(scene, before.client_id, wanted.auth_method)
    values = {**wanted.values, "name": wanted.values["name"] or before.name}
    after = replace(before, **values, **kept)
    if before.status is Status.REFERENCED and _differs(before, after):
        after = replace(after, status=Status(scene.settings.registration.status))
    return Made(_sound(scene, after), token, secret)


def _sound(scene: Scene, client: Client) -> Client:
    try:
        metadata.check(client)
    except BadMetadata as bad:
        raise invalid(str(bad), _code(bad)) from bad
    names = ("userinfo_signed_response_alg", "authorization_signed_response_alg", "introspection_signed_response_alg")
    ours = {"id_token_signed_response_alg": client.id_token_signed_response_alg}
    for name, said in (ours | {name: getattr(client.options, name) for name in names}).items():
        if said and said not in scene.ring.algorithms:
            raise invalid(f"{name}: one of {', '.join(scene.ring.algorithms)}")
    return client


def _code(bad: BadMetadata) -> str:
    return "invalid_redirect_uri" if bad.member == "redirect_uris" else "invalid_client_metadata"


def _secret(scene: Scene, client_id: str, method: AuthMethod) -> tuple[str | None, Mapping[str, Any]]:
    """A new secret, where the method has one, and what is kept of it."""
    nothing: dict[str, Any] = {"secret_digest": None, "secret_sealed": None}
    if method not in _SHARED | {AuthMethod.SECRET_JWT}:
        return None, nothing
    secret = issue("cs")
    if method in _SHARED:
        return secret, nothing | {"secret_digest": digest(secret)}
    sealed = scene.ground.vault.seal(SECRETS).close(secret.encode(), client_id)
    return secret, nothing | {"secret_sealed": sealed}


def _proof_of(client: Client) -> Mapping[str, Any]:
    return {"secret_digest": client.secret_digest, "secret_sealed": client.secret_sealed}


def _same_proof(before: AuthMethod, after: AuthMethod) -> bool:
    return before is after or {before, after} <= _SHARED


def _differs(before: Client, after: Client) -> bool:
    seen = any(getattr(before, name) != getattr(after, name) for name in _SEEN)
    return seen or any(getattr(before.options, name) != getattr(after.options, name) for name in _SEEN_OPTIONS)


def _host(wanted: Wanted) -> str:
    """Who does not say its name is called by where it is answered."""
    addresses = wanted.values["redirect_uris"]
    return (urlsplit(addresses[0]).hostname or "") if addresses else ""


def unchanged_secret(scene: Scene, client: Client, said: object) -> None:
    """RFC 7592 §2.2: a client may say its secret again, and cannot choose it. Raises Refusal."""
    if said is None:
        return
    known = client.secret_digest
    if client.secret_sealed is not None:
        known = digest(scene.ground.vault.seal(SECRETS).open(client.secret_sealed, client.client_id).decode())
    if not isinstance(said, str) or known is None or not same(known, digest(said)):
        raise Refusal("invalid_client_metadata", "client_secret: not the one that was issued", status=400)
