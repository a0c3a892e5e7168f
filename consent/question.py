"""What is asked of the rules: records and an instant, nothing that can act."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from clients.records import Client
from consent import scopes, smart
from consent.grants import Grant, Standing, standing
from consent.smart import Atom
from consent.spaces import Space

HOLDER_DATA = frozenset({"consents", "journal", "space"})
"""Data types of the holder's own affairs: read and changed by portals of ours only, whatever the state of the space."""

_READS = frozenset("rs")


@dataclass(frozen=True, slots=True)
class Wish:
    """One interaction with one resource type: a letter of "cruds", the data type, perhaps which resources."""

    resource: str
    interaction: str
    data_type: str
    constraint: str | None = None

    @property
    def direction(self) -> str:
        """Either "read" or "write"."""
        return "read" if self.interaction in _READS else "write"

    @property
    def consent(self) -> str:
        """The consent that it needs: "measures:write"."""
        return f"{self.data_type}:{self.direction}"

    @property
    def atom(self) -> Atom:
        """The permission that it needs."""
        return Atom("patient", self.resource, self.interaction, smart.constraint_of(self.constraint))


@dataclass(frozen=True)
class Question:
    """Everything that a decision rests on."""

    now: datetime
    client: Client | None
    grant: Grant | None
    space: Space | None
    scope: frozenset[str] = frozenset()
    """What the token, or the request, says: the ceiling."""
    wish: Wish | None = None
    client_id: str = field(default="", kw_only=True)
    """Who presents the token, as the token says."""

    @cached_property
    def standing(self) -> Standing | None:
        """What the grant is worth now."""
        return None if self.grant is None else standing(self.grant, self.now)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The consents that the catalogue allows this client at present."""
        return self.client.consents if self.client else frozenset()

    @cached_property
    def ceiling(self) -> frozenset[Atom]:
        """The most that the scope covers."""
        return scopes.expand(self.scope, self.allowed)

    @property
    def own(self) -> bool:
        """True when a portal of ours asks, in the holder's hands."""
        return self.client is not None and self.client.first_party
