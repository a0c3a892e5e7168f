"""The claims that an app asks one by one, and those that its scopes stand for (OpenID Connect Core §5.4, §5.5)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from idp.accounts import further
from idp.accounts.records import Profile
from kit.problems import Refusal

LONGEST = 4096
"""Characters that the parameter may have."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    "profile": ("name", "given_name", "family_name", "birthdate", "gender", "updated_at", *further.PROFILE),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
"""What each scope stands for, of what is held. To ask a claim by its name takes the agreement that its scope takes."""

_SCOPE_OF = {name: scope for scope, names in SCOPES.items() for name in names}
_VALUED = frozenset({"acr", "sub"})
"""Claims of which a value can be asked for; of the others what is true is said, whatever value was hoped for."""
_KNOWN = frozenset(_SCOPE_OF) | _VALUED | {"auth_time"}
_MOST_VALUES = 20

Claims = Mapping[str, Any]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read(said: str | Mapping[str, Any] | None) -> Claims | None:
    """The parameter, cleaned: for `userinfo` and `id_token`, the claims that we know, whether essential, which values.

    A request object holds it as an object, a plain request as its text (OpenID Connect Core §6.1). What is unknown is
    left out (§5.5.1). Raises Refusal("invalid_request").
    """
    if said is None or said == "":
        return None
    if isinstance(said, str):
        said = _parsed(said)
    kept: dict[str, Any] = {}
    for place in ("userinfo", "id_token"):
        asked = said.get(place)
        if asked is None:
            continue
        if not isinstance(asked, Mapping):
            raise Refusal("invalid_request", f"claims: {place} is an object")
        found = {name: _one(name, asked[name]) for name in sorted(asked.keys() & _KNOWN)}
        if found:
            kept[place] = found
    return kept or None


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise Refusal("invalid_request", f"claims is longer than {LONGEST} characters")
    try:
        return _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refusal("invalid_request", "claims is not a JSON object") from error


def _one(name: str, how: Any) -> dict[str, Any]:
    """How a claim is asked for: null, or an object of which we know three members (OpenID Connect Core §5.5.1)."""
    if how is None:
        return {}
    if not isinstance(how, Mapping):
        raise Refusal("invalid_request", f"claims: {name} is null or an object")
    essential, values = how.get("essential", False), how.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise Refusal("invalid_request", f"claims: {name} has a badly written member")
    kept: dict[str, Any] = {"essential": True} if essential else {}
    if name in _VALUED and ("value" in how or "values" in how):
        wanted = [how["value"]] if "value" in how else values
        if not 1 <= len(wanted) <= _MOST_VALUES or not all(isinstance(one, str) and one for one in wanted):
            raise Refusal("invalid_request", f"claims: {name} is asked with 1 to {_MOST_VALUES} values, all texts")
        kept["values"] = wanted
    return kept


def essential_acr(claims: Claims | None) -> tuple[str, ...]:
    """Levels of which one must be reached, or the request fails (OpenID Connect Core §5.5.1.1); best first."""
    return _values(claims, "acr") if _how(claims, "acr").get("essential") else ()


def wished_acr(claims: Claims | None) -> tuple[str, ...]:
    """Levels asked for without being essential: the same as `acr_values`."""
    return () if _how(claims, "acr").get("essential") else _values(claims, "acr")


def requested_subject(claims: Claims | None) -> str | None:
    """The one person that the app will hear of, under the name it has for them (OpenID Connect Core §5.5.1).

    Raises Refusal when several are named: there is one End-User to an authentication.
    """
    values = _values(claims, "sub")
    if len(values) > 1:
        raise Refusal("invalid_request", "claims: sub is asked with one value")
    return values[0] if values else None


def _how(claims: Claims | None, name: str) -> Mapping[str, Any]:
    """How the id token's claim was asked for."""
    found: Mapping[str, Any] = (claims or {}).get("id_token", {}).get(name, {})
    return found


def _values(claims: Claims | None, name: str) -> tuple[str, ...]:
    return tuple(_how(claims, name).get("values", ()))


def scopes(claims: Claims | None) -> frozenset[str]:
    """The scopes that must be agreed for these claims to be told."""
    if not claims:
        return frozenset()
    return frozenset(_SCOPE_OF[name] for asked in claims.values() for name in asked if name in _SCOPE_OF)


def asked(claims: Claims | None, place: str, agreed: frozenset[str]) -> frozenset[str]:
    """The claims about the person asked by name in `place` ("userinfo" or "id_token"), within what was `agreed`."""
    if not claims or place not in claims:
        return frozenset()
    return frozenset(name for name in claims[place] if _SCOPE_OF.get(name) in agreed)


@lru_cache(maxsize=64)
def of_scopes(scope: frozenset[str]) -> tuple[str, ...]:
    """The claims about the person that a scope stands for."""
    return tuple(name for known, names in SCOPES.items() if known in scope for name in names)


def told(profile: Profile, names: frozenset[str] | tuple[str, ...]) -> dict[str, Any]:
    """The values of some claims; what is not known of the person is left out (OpenID Connect Core §5.3.2)."""
    if not names:
        return {}
    known = {
        "name": f"{profile.given_name} {profile.family_name}",
        "given_name": profile.given_name,
        "family_name": profile.family_name,
        "birthdate": profile.birthdate,
        "gender": profile.gender,
        "updated_at": profile.updated_at,
    }
    if profile.email:
        known |= {"email": profile.email, "email_verified": profile.email_verified}
    if profile.phone_number:
        known |= {"phone_number": profile.phone_number, "phone_number_verified": profile.phone_number_verified}
    if profile.further:
        known = {**profile.further, **known}
    return {name: value for name, value in known.items() if name in names}
