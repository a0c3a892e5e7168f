"""What `espace clients add` reads: a file, options on the command line, and what to do when they are wrong."""

import difflib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from clients.options import Options
from clients.profiles import PROFILES
from clients.records import AuthMethod, Kind, Status
from service.failure import Failure

_FIELDS = {field.encode_name: field.type for field in msgspec.structs.fields(Options)}
OF_PROFILE = {
    "fapi2": AuthMethod.PRIVATE_KEY_JWT,
    "standard": AuthMethod.PRIVATE_KEY_JWT,
    "compat": AuthMethod.SECRET_BASIC,
}
"""How a client proves itself when nobody says."""


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What `clients add` reads. `scope` and `consents` are written with spaces."""

    client_id: str
    name: str
    kind: Kind = Kind.APP
    status: Status = Status.CANDIDATE
    profile: str = "standard"
    auth_method: AuthMethod | None = None
    jwks: dict[str, Any] | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    scope: str = "openid"
    consents: str = ""
    publisher: str = ""
    site_uri: str = ""
    logo: str = ""
    description: str = ""
    purpose: str = ""
    policy_uri: str = ""
    sector: str = ""
    id_token_signed_response_alg: str | None = None
    access_token_lifetime: timedelta | None = None
    options: dict[str, Any] = {}


def read(text: bytes, chosen: dict[str, Any], pairs: Sequence[str]) -> Registration:
    """The registration of a file, with what the command line says in place of what it says. Raises Failure."""
    try:
        said = msgspec.json.decode(text) if text.strip() else {}
        if not isinstance(said, dict):
            raise Failure('The registration cannot be read: a JSON object is needed, {"client_id": …}.')
        said |= {name: value for name, value in chosen.items() if value not in (None, (), "")}
        said["options"] = {**said.get("options", {}), **dict(option(pair) for pair in pairs)}
        return msgspec.convert(said, Registration)
    except msgspec.MsgspecError as error:
        raise Failure(f"The registration cannot be read: {error}") from error


def usual(said: Registration) -> tuple[AuthMethod, str]:
    """How it proves itself and what we sign its id tokens with, when it does not say. Raises Failure."""
    profile = PROFILES.get(said.profile)
    if profile is None:
        raise Failure(f"There is no profile {said.profile}. Choose one of: {', '.join(PROFILES)}.")
    method = said.auth_method or OF_PROFILE.get(said.profile, AuthMethod.PRIVATE_KEY_JWT)
    if said.id_token_signed_response_alg:
        return method, said.id_token_signed_response_alg
    return method, "RS256" if profile.optional else "ES256"


def options(said: Registration) -> Options:
    """Raises Failure."""
    for name in said.options:
        _known(name)
    try:
        return Options.from_json(said.options)
    except msgspec.ValidationError as error:
        raise Failure(f"These options cannot be read: {error}") from error


def option(pair: str) -> tuple[str, Any]:
    """`NAME=VALUE`: true or false, a number, text, a list with commas, as the option wants it. Raises Failure."""
    name, found, value = pair.partition("=")
    name = name.strip()
    if not found:
        raise Failure(f"--option {pair}: write NAME=VALUE, for instance dpop_bound_access_tokens=true.")
    _known(name)
    kind = _FIELDS[name]
    if kind is bool:
        if value.lower() not in {"true", "false"}:
            raise Failure(f"--option {name}: true or false.")
        return name, value.lower() == "true"
    if "tuple" in str(kind):
        return name, [part.strip() for part in value.split(",") if part.strip()]
    if "int" in str(kind) and value.isdigit():
        return name, int(value)
    return name, value


def _known(name: str) -> None:
    if name not in _FIELDS:
        near = difflib.get_close_matches(name, _FIELDS, 1)
        hint = f" Did you mean {near[0]}?" if near else f" They are: {', '.join(sorted(_FIELDS))}."
        raise Failure(f"There is no option {name}.{hint}")
