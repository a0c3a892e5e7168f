"""An app of the demo: what the provider knows of it, and what only it knows of itself."""

import base64
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from clients.records import Client
from kit.seals import Vault
from service.demo.authority import Identity

IDENTITY = frozenset({"openid", "profile", "email", "phone", "offline_access", "fhirUser", "launch/patient"})
MEASURES = frozenset({"measures:read", "measures:write"})
CALLBACK = "/sandbox/callback"
"""A page of the demo that shows what came back to it."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A conformance suite that the demo expects: its own apps may then be answered at its addresses."""

    origin: str = "https://localhost.emobix.co.uk:8443"
    alias: str = "espace"
    """The `alias` of the suite's plans."""

    def at(self, path: str) -> str:
        """An address of the suite, for that alias."""
        return f"{self.origin}/test/a/{self.alias}/{path}"


@dataclass(frozen=True, slots=True)
class Party:
    """A client, and what only it knows of itself."""

    client: Client
    words: str
    """What it is for, for who writes scripts."""
    secret: str | None = None
    key: ECKey | RSAKey | None = None
    tls: Identity | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    """What else a script needs to play it."""

    @property
    def jwk(self) -> dict[str, Any] | None:
        """Its private key."""
        return self.key.as_dict(private=True) if self.key else None


def secret_of(vault: Vault, name: str) -> str:
    """The secret of an app."""
    return "cs_" + base64.urlsafe_b64encode(vault.key(f"demo: {name}")).rstrip(b"=").decode()
