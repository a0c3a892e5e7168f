"""The provider's pairing (R158, R159): asked for with the access token, settled by the person, ended by either."""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from sandbox.glucolink.provider import Provider
from sandbox.glucolink.trouble import Unreachable


@dataclass(frozen=True, slots=True)
class Pairing:
    """One pairing: its own address, how far it is, and the page where the person gives the consents."""

    uri: str
    status: str
    consents_uri: str


class Call(Protocol):
    """A request in the name of one link. Raises Refused, Unreachable."""

    async def __call__(self, method: str, url: str, *, json: Any = None) -> dict[str, Any]: ...


async def ask(provider: Provider, call: Call, state: str) -> Pairing:
    """POST /pairings. Raises Refused, Unreachable."""
    where = (await provider.metadata()).pairings
    body = {"return_uri": provider.settings.return_uri, "state": state}
    return _pairing(provider, where, await call("POST", where, json=body))


async def look(provider: Provider, call: Call, uri: str) -> Pairing:
    """GET the pairing. Raises Refused, Unreachable."""
    return _pairing(provider, uri, await call("GET", uri))


async def end(call: Call, uri: str) -> None:
    """DELETE the pairing: the provider is told that the app lets go. Raises Refused, Unreachable."""
    await call("DELETE", uri)


def _pairing(provider: Provider, asked: str, body: dict[str, object]) -> Pairing:
    identifier, status = body.get("pairing_id"), body.get("status")
    consents = body.get("consents_uri") or ""
    if not isinstance(identifier, str) or not isinstance(status, str) or not isinstance(consents, str):
        raise Unreachable("the answer is not a pairing")
    where = asked if asked.endswith(identifier) else f"{asked}/{identifier}"
    consents = urljoin(asked, consents) if consents else ""
    if consents and not consents.startswith(provider.settings.issuer + "/"):
        raise Unreachable("the consents page is not the provider's")  # never send a person elsewhere on its word
    return Pairing(where, status, consents)
