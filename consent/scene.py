"""What the consents work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from clients.directory import Directory
from consent.access import Access
from consent.grants import Grant
from consent.settings import ConsentSettings
from kit.ground import Ground
from kit.guard import Guard

Told = Callable[[Connection, Grant, Grant, datetime], None]
"""Called in the transaction of a change, with the grant before and after: notices and tokens follow from it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Made once by the composition root."""

    ground: Ground
    guard: Guard
    """Verifies the access tokens brought to `/pairings` and `/consent`."""
    clients: Directory
    access: Access
    settings: ConsentSettings = field(default_factory=ConsentSettings)
    on_change: list[Told] = field(default_factory=list)
