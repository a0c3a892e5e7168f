"""What every floor stands on."""

from dataclasses import dataclass

from kit.clock import Clock
from kit.csrf import Csrf
from kit.database import Database
from kit.limits import Limits
from kit.outbox import Outbox
from kit.pages import Pages
from kit.seals import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """The means of the house, made once by the composition root and handed to every package's scene."""

    issuer: str
    """The provider's address, without a final slash: who we are comes from settings, never from a request."""
    database: Database
    clock: Clock
    vault: Vault
    limits: Limits
    outbox: Outbox
    csrf: Csrf
    pages: Pages

    @property
    def secure(self) -> bool:
        """True when the provider is reached by TLS: cookies then carry the __Host- prefix."""
        return self.issuer.startswith("https:")
