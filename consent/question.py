"""What is asked of the rules: records and an instant, nothing that can act."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from clients.records import Client
from consent import details, scopes, smart
from consent.details import Sharings
from consent.grants import Grant, Standing, standing
from consent.needs import Need
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
    location: str | None = None
    """The resource server that asks."""

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
    details: Sharings | None = field(default=None, kw_only=True)
    """What the token, or the request, says more closely than its scope (RFC 9396); None when it says nothing."""
    actor: Client | None = field(default=None, kw_only=True)
    """Who presents a token that was given to `client`, whose agreement it is (RFC 8693); None when it is `client`."""
    chain: tuple[str, ...] = field(default=(), kw_only=True)
    """All who act so, the present one first."""

    need: Need | None = field(default=None, kw_only=True)
    """What the wish needs of the person's proof; None when having a token is enough."""
    acr: str | None = field(default=None, kw_only=True)
    auth_time: int | None = field(default=None, kw_only=True)
    """The proof that the token tells of: what it was worth, when it was given (seconds)."""

    @cached_property
    def standing(self) -> Standing | None:
        """What the grant is worth now."""
        return None if self.grant is None else standing(self.grant, self.now)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The consents that the catalogue allows this client at present, and who acts for it."""
        allowed = self.client.consents if self.client else frozenset()
        return allowed & self.actor.consents if self.actor else allowed

    @cached_property
    def ceiling(self) -> frozenset[Atom]:
        """The most that the scope covers, within the limits."""
        return self.covered if self.limits is None else smart.meet(self.covered, self.limits)

    @cached_property
    def covered(self) -> frozenset[Atom]:
        """The most that the scope covers by itself."""
        return scopes.expand(self.scope, self.allowed)

    @cached_property
    def limits(self) -> frozenset[Atom] | None:
        """What the details of the token and those of the agreement leave together, here and now."""
        agreed = details.read_all(self.grant.details) if self.grant else None
        here = self.wish.location if self.wish else None
        sides = [details.ceiling(one, self.now, here) for one in (self.details, agreed) if one is not None]
        if not sides:
            return None
        return sides[0] if len(sides) == 1 else smart.meet(*sides)

    @property
    def own(self) -> bool:
        """True when a portal of ours asks, in the holder's hands."""
        return self.client is not None and self.client.first_party
