"""The `authorization_details` parameter (RFC 9396): read, checked, met with the scope, said to the person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from clients.records import Client
from consent import details as sharing
from consent import limits, smart
from consent import scopes as consented
from consent.details import BadDetail
from dossier.catalogue import CATALOGUE
from kit.problems import Refusal

TYPES = sharing.TYPES
"""For `authorization_details_types_supported` (RFC 9396 §10)."""
MOST_CHARACTERS = 3_000
"""They travel in every access token."""
MOST = 4
"""Details in one request."""

Details = tuple[Mapping[str, Any], ...]

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode


def read(text: str, client: Client, *, resources: Sequence[str] = ()) -> Details:
    """The details of a request. Raises Refusal("invalid_authorization_details") (RFC 9396 §5).

    `resources` are the addresses that `locations` may name, when the caller knows them.
    """
    if len(text) > MOST_CHARACTERS:
        raise refused(f"longer than {MOST_CHARACTERS} characters")
    try:
        found = _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise refused("not a JSON array of objects") from None
    if not 1 <= len(found) <= MOST:
        raise refused(f"from 1 to {MOST} details")
    allowed = client.options.authorization_details_types or TYPES
    for detail in found:
        if detail.get("type") not in TYPES or detail["type"] not in allowed:
            raise refused("a type that is unknown, or not registered for this client")
        try:
            one = sharing.read(detail)
        except BadDetail as bad:
            raise refused(str(bad)) from bad
        if resources and one.locations - {uri.rstrip("/") for uri in resources}:
            raise refused("locations: no resource of ours has that address")
    return tuple(found)


def scopes(details: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The data scopes that the details cover at most; a request's own scope is met with them."""
    return consented.spelled(sharing.ceiling(_read(details)))


def narrow(scope: frozenset[str], details: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What the details leave of a scope. Raises Refusal when they leave none of its data."""
    found = left(scope, details)
    if consented.PAIRING not in found and not any(smart.looks_smart(word) for word in found):
        raise refused("they cover nothing that the scope covers: they only narrow it")
    return found


def left(scope: frozenset[str], details: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What the details leave of a scope, plain words untouched; perhaps no data at all."""
    plain = frozenset(word for word in scope if not smart.looks_smart(word))
    return plain | consented.spelled(smart.meet(consented.data_atoms(scope), sharing.ceiling(_read(details))))


def narrowed(text: str | None, granted: Iterable[Mapping[str, Any]] | None, client: Client) -> Details | None:
    """What a token request asks of what was granted: the same or less (RFC 9396 §6). Raises Refusal.

    None when nothing is asked and nothing was said at the authorization.
    """
    held = tuple(granted) if granted is not None else None
    if not text:
        return held
    asked = read(text, client)
    if held is not None and not sharing.all_within(_read(asked), _read(held)):
        raise refused("more than was granted")
    return asked


def words(details: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """What they limit, one short French sentence each; nothing when there is no limit to tell."""
    return limits.words(details, _label)


def refused(why: str) -> Refusal:
    """RFC 9396 §5."""
    said = "".join(letter for letter in why if letter not in '"\\\\' and " " <= letter <= "~")
    return Refusal("invalid_authorization_details", f"authorization_details: {said}", status=400)


def _read(details: Iterable[Mapping[str, Any]]) -> sharing.Sharings:
    return sharing.read_all(details) or ()


def _label(code: str) -> str | None:
    """What a code measures, in French."""
    system, _, value = code.partition("|")
    found = sorted(CATALOGUE.keys_of(system, value))
    return CATALOGUE[found[0]].label if found else None
