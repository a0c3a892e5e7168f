"""What the identity provider works with."""

from dataclasses import dataclass

from clients.directory import Directory
from clients.keysets import KeySets
from consent.scene import Scene as ConsentScene
from idp.settings import IdpSettings
from keys.ring import KeyRing
from kit.clock import DemoClock
from kit.fetch import Fetch
from kit.ground import Ground
from kit.guard import Guard
from notices.send import Notices


@dataclass(frozen=True, slots=True)
class Scene:
    """Made once by the composition root, found at `request.app.state.idp` and handed to every page and endpoint."""

    ground: Ground
    settings: IdpSettings
    ring: KeyRing
    clients: Directory
    notices: Notices
    consent: ConsentScene
    resources: tuple[str, ...]
    """The addresses of the resource servers that tokens may be for, the first being the dossier's FHIR base."""

    tokens: Guard
    """Verifies the access tokens meant for the provider itself (userinfo) or brought to it (introspection)."""
    subject_key: bytes
    """The key that pairwise subjects are drawn with (`Vault.key("subjects")`)."""
    fetch: Fetch
    """Calls the addresses that clients registered."""
    keysets: KeySets
    """The keys of clients."""

    unattended: frozenset[str] = frozenset()
    """Identifiers of made-up people who sign in without a second proof. A demo's alone: it needs a clock that moves."""

    def __post_init__(self) -> None:
        if self.unattended and not isinstance(self.ground.clock, DemoClock):
            raise TypeError("nobody signs in without a second proof but beside a demo clock")

    @property
    def issuer(self) -> str:
        """Who we are (RFC 8414 §2)."""
        return self.ground.issuer
