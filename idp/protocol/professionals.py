"""A health professional's token, exchanged for one of ours: what must be there, and what ours then says.

The form is the one of the professionals' own provider (Pro Santé Connect): RFC 8693 with `scope` and `cnf` always
there, for software that proves itself with its certificate.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import Key

from clients.records import AuthMethod, Client
from idp.trust.settings import ProfessionalSettings
from kit import jose
from kit.problems import Refusal
from kit.proof.mtls import Certificate
from kit.secrets import same

_ALGORITHMS = ("ES256", "ES384", "PS256", "RS256", "EdDSA")


@dataclass(frozen=True, slots=True)
class Professional:
    """Who the token is about, and until when they said so."""

    identifier: str
    told: Mapping[str, Any]
    until: datetime


def caller(client: Client, certificate: Certificate | None, cnf: str, settings: ProfessionalSettings) -> Certificate:
    """The certificate that the new token is bound to: the caller's own, named by `cnf`. Raises Refusal."""
    if client.auth_method is not AuthMethod.TLS_CLIENT_AUTH or certificate is None:
        raise Refusal("unauthorized_client", "a client certificate is needed for tokens of professionals")
    if not cnf or not _names(cnf, certificate.thumbprint, settings.hex_thumbprints):
        raise Refusal("invalid_request", "cnf is missing, or is not the thumbprint of the client certificate")
    return certificate


def scope(text: str, client: Client) -> frozenset[str]:
    """What is asked, all of it being this client's to ask. Raises Refusal("invalid_scope")."""
    asked = frozenset(text.split())
    if not asked or not asked <= client.scope or any(not word.startswith("user/") for word in asked):
        raise Refusal("invalid_scope", "scope is missing, or not one that this client may ask for a professional")
    return asked


def known(said: Mapping[str, Any] | None, now: datetime, settings: ProfessionalSettings) -> Professional:
    """Who it is, as their own provider says. Raises Refusal("invalid_request")."""
    if said is None or said.get("active") is not True or said.get("iss", settings.issuer) != settings.issuer:
        raise Refusal("invalid_request", "subject_token is not active at its issuer")
    identifier, until = said.get(settings.identifier), said.get("exp")
    if not isinstance(identifier, str) or not identifier:
        raise Refusal("invalid_request", "subject_token does not say who the professional is")
    if isinstance(until, bool) or not isinstance(until, int) or until <= now.timestamp():
        raise Refusal("invalid_request", "subject_token has no end, or is past it")
    told = {name: said[name] for name in settings.told if name in said}
    return Professional(identifier, told, datetime.fromtimestamp(until, UTC))


def acting(
    token: str, keys: Sequence[Key], client: Client, now: datetime, settings: ProfessionalSettings
) -> dict[str, str] | None:
    """The software that acts, as its own signed statement says; None without one. Raises Refusal."""
    if not token:
        return None
    try:
        claims = jose.verify(token, keys, algorithms=_ALGORITHMS, typ=None, issuer=None, audience=None, now=now)
    except jose.BadToken as error:
        raise Refusal("invalid_request", "actor_token is not signed by this client, or is over") from error
    told = {name: claims[name] for name in settings.actor if isinstance(claims.get(name), str)}
    if settings.actor_identifier not in told or claims.get("iss", client.client_id) != client.client_id:
        raise Refusal("invalid_request", "actor_token does not say which software acts")
    return {"sub": told[settings.actor_identifier], **told}


def _names(cnf: str, thumbprint: str, hexadecimal: bool) -> bool:
    """`cnf` as RFC 8705 §3.1 has it, bare or as JSON; or, if so set, with the digest written in hexadecimal."""
    if cnf.startswith("{"):
        try:
            said = json.loads(cnf)
        except (ValueError, RecursionError):
            return False
        cnf = said.get("x5t#S256", "") if isinstance(said, dict) else ""
    if not isinstance(cnf, str):
        return False
    if same(cnf.rstrip("="), thumbprint):
        return True
    if not hexadecimal:
        return False
    raw = base64.urlsafe_b64decode(thumbprint + "=" * (-len(thumbprint) % 4)).hex()
    try:
        written = base64.b64decode(cnf.replace("-", "+").replace("_", "/") + "=" * (-len(cnf) % 4))
    except (binascii.Error, ValueError):
        return False
    return same(written.decode("ascii", "replace").lower(), raw)
