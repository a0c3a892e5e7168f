"""Software statements: what somebody whom we trust says of a client (RFC 7591 §2.3)."""

from asyncio import to_thread
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import Key

from idp.registration.settings import RegistrationSettings
from idp.registration.wanted import OURS, Said, invalid
from idp.scene import Scene
from kit import jose
from kit.fetch import Unreachable
from kit.problems import Refusal

_ABOUT_IT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"})


async def merged(scene: Scene, said: Said) -> dict[str, Any]:
    """What is said of the client, its statement's word above its own. Raises Refusal.

    The statement is kept as it came, to be shown again with the registration (RFC 7591 §3.2.1).
    """
    settings = scene.settings.registration
    statement = said.get("software_statement")
    if statement is None:
        if settings.software_required:
            raise _invalid("a software statement is needed")
        return dict(said)
    if not isinstance(statement, str):
        raise _invalid("not a signed statement")
    claims = await _verified(scene, settings, statement)
    return {**said, **{name: value for name, value in claims.items() if name not in OURS | _ABOUT_IT}}


def issuers(settings: RegistrationSettings) -> Mapping[str, str]:
    """Who may vouch for software -> where their keys are."""
    found = {}
    for line in settings.software_issuers:
        issuer, _, keys = line.partition("=")
        found[issuer.strip()] = keys.strip()
    return found


async def _verified(scene: Scene, settings: RegistrationSettings, statement: str) -> dict[str, Any]:
    try:
        issuer = jose.peek(statement).get("iss")
        known = issuers(settings)
        if not isinstance(issuer, str) or issuer not in known:
            raise Refusal("unapproved_software_statement", "its issuer is not one that we trust", status=400)
        return jose.verify(
            statement,
            await _keys(scene, known[issuer]),
            algorithms=jose.ALGORITHMS,
            typ=None,
            issuer=issuer,
            audience=None,
            now=scene.ground.clock.now(),
            required=("iss",),
        )
    except jose.BadToken as error:
        raise _invalid(str(error)) from error


async def _keys(scene: Scene, where: str) -> list[Key]:
    """An issuer whose keys cannot be had vouches for nobody."""
    try:
        if where.startswith(("https:", "http:")):
            found = await scene.fetch.json(where)
        else:
            found = await to_thread(_read, where)
    except (Unreachable, OSError, msgspec.DecodeError) as error:
        raise Refusal(
            "unapproved_software_statement", "the keys of its issuer cannot be had", status=400, detail=str(error)
        ) from error
    return jose.import_keys(found) if isinstance(found, dict) else []


def _read(where: str) -> Any:
    return msgspec.json.decode(Path(where).read_bytes())


def _invalid(words: str) -> Refusal:
    return invalid(words, "invalid_software_statement")
