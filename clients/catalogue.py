"""The public catalogue: the apps that are listed, a page at a time (R154, R155, R157)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from clients import store
from clients.records import Client, Kind, Status

SHOWN = (Status.LISTED, Status.REFERENCED)
"""Those that the public sees: a candidate is not there yet, a suspended or delisted app not any more."""

MOST = 100
USUAL = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some apps by identifier, and the identifier after which the next page begins ("" at the end)."""

    apps: tuple[Client, ...]
    after: str


def page(db: Connection, *, after: str = "", limit: int = USUAL) -> Page:
    """The apps that come after `after`."""
    found = store.all_clients(db, statuses=SHOWN, kinds=(Kind.APP,), after=after, limit=limit + 1)
    more = len(found) > limit
    return Page(tuple(found[:limit]), found[limit - 1].client_id if more else "")


def entry(client: Client) -> Mapping[str, Any]:
    """What is told of an app; whether it may exchange data with a space, or is only a link (R155)."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "publisher": client.publisher,
        "description": client.description,
        "purpose": client.purpose,
        "site_uri": client.site_uri,
        "policy_uri": client.policy_uri,
        "exchanges": client.may_exchange,
        "consents": sorted(client.consents) if client.may_exchange else [],
    }
