"""What the consent API says of the person's apps, children and journal, read into plain records."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from portal.patient.api import Api


class Consent(msgspec.Struct, frozen=True):
    """One data type in one direction, with the words that every page uses for it."""

    value: str
    direction: str
    words: str
    """«lit vos mesures»"""
    data_type: str = ""
    detail: str = ""


class Duration(msgspec.Struct, frozen=True):
    """A period that may be chosen (ISO 8601), with its words."""

    value: str
    words: str


class Client(msgspec.Struct, frozen=True):
    """An app as the catalogue knows it."""

    client_id: str
    name: str
    status: str = ""
    publisher: str = ""
    purpose: str = ""
    description: str = ""
    logo: str = ""
    site_uri: str = ""
    policy_uri: str = ""
    opens_at: str = ""
    """Where the app can be opened from here; empty when it cannot."""


class Actor(msgspec.Struct, frozen=True):
    """Who did something."""

    kind: str
    name: str = ""


class Changes(msgspec.Struct, frozen=True):
    """What a version changed; pairs are before and after."""

    added: tuple[Consent, ...] = ()
    removed: tuple[Consent, ...] = ()
    status: tuple[str, str] | None = None
    until: tuple[datetime | None, datetime | None] | None = None
    asks_more: bool = False


class Version(msgspec.Struct, frozen=True):
    """One state that an agreement was in."""

    version: int
    at: datetime
    by: Actor
    status: str
    consents: tuple[Consent, ...] = ()
    until: datetime | None = None
    ended_because: str | None = None
    changes: Changes = Changes()


class App(msgspec.Struct, frozen=True):
    """The agreement of the person with one app."""

    grant_id: str
    version: int
    standing: str
    """One of "pending", "active", "paused", "expired", "ended"."""
    client: Client
    consents: tuple[Consent, ...] = ()
    allowed: tuple[Consent, ...] = ()
    """What could be agreed."""
    durations: tuple[Duration, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None
    last_access_at: datetime | None = None
    calls_30_days: int = 0
    limits: list[str] = []
    """What it limits itself to, in sentences."""
    refused_30_days: int = 0
    pairing_id: str | None = None
    history: tuple[Version, ...] = ()

    @property
    def current(self) -> bool:
        """It still stands, or waits to."""
        return self.standing in {"pending", "active", "paused"}

    @property
    def over_at(self) -> datetime | None:
        """When it ended, for one that is over."""
        return self.until if self.standing == "expired" else self.ended_at


class Child(msgspec.Struct, frozen=True):
    """A child whose space the person decides about (R033)."""

    person_id: str
    name: str
    state: str | None = None
    waiting: bool = False


class Line(msgspec.Struct, frozen=True):
    """One line of the journal (R106)."""

    id: int
    at: datetime
    sentence: str
    actor: Actor
    action: str
    outcome: str = "allowed"
    context_words: str = ""
    reason: str = ""
    client_id: str | None = None
    client_name: str = ""
    address: str = ""


class Journal(msgspec.Struct, frozen=True):
    """Some lines, the newest first; `next` asks for those before them."""

    entries: tuple[Line, ...]
    next: int | None = None


class _Apps(msgspec.Struct, frozen=True):
    grants: tuple[App, ...]


class Space(msgspec.Struct, frozen=True):
    """Where the person's own space stands, and the children they decide for."""

    state: str | None = None
    children: tuple[Child, ...] = ()


async def apps(api: Api) -> Sequence[App]:
    """Every agreement, the newest first, those that are over too. Raises a `Trouble`."""
    return (await api.read("grants", _Apps)).grants


async def app(api: Api, grant_id: str) -> App:
    """One agreement with its versions, the newest first. Raises Missing and every other `Trouble`."""
    return await api.read(f"grants/{_segment(grant_id)}", App)


async def amend(api: Api, grant_id: str, version: int, consents: Sequence[str], duration: str) -> App:
    """Replace what is agreed; `duration` "" leaves the end as it is. Raises Changed when `version` is past."""
    body: dict[str, Any] = {"consents": list(consents), "version": version}
    if duration:
        body["duration"] = duration
    return await api.change(f"grants/{_segment(grant_id)}/amend", body, App)


async def move(api: Api, grant_id: str, verb: str, version: int | None) -> App:
    """ "pause", "resume" or "end". Raises Changed when `version` is past."""
    body = {} if version is None else {"version": version}
    return await api.change(f"grants/{_segment(grant_id)}/{verb}", body, App)


async def space(api: Api) -> Space:
    """The person's space and children. Raises a `Trouble`."""
    return await api.read("space", Space)


async def decide(api: Api, child_id: str, decision: str) -> Child:
    """ "activate" or "object". Raises Changed when somebody decided before."""
    return await api.change(f"children/{_segment(child_id)}/decision", {"decision": decision}, Child)


async def journal(api: Api, limit: int, before: int | None = None, client_id: str = "", kind: str = "") -> Journal:
    """Lines of the journal. Raises a `Trouble`."""
    asked = {"limit": limit, "before": before, "client_id": client_id, "kind": kind}
    return await api.read("journal", Journal, **{name: value for name, value in asked.items() if value})


def _segment(value: str) -> str:
    """An identifier as a part of an address; anything else is none of ours."""
    return value if value.replace("_", "").replace("-", "").isalnum() and value.isascii() else "-"


async def opening(api: Api, grant_id: str) -> str:
    """The address that opens the app of an agreement, once."""
    return await api.opening(grant_id)
