"""The key that a token is good with, and with no other (RFC 7800 §3.1, RFC 9449 §6, RFC 8705 §3.1)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Binding:
    """A thumbprint of the key: `jkt` of a DPoP key (RFC 7638), `x5t#S256` of a certificate."""

    kind: Literal["jkt", "x5t#S256"]
    thumbprint: str

    @property
    def token_type(self) -> str:
        """RFC 9449 §5; a token bound to a certificate is presented as a bearer token (RFC 8705 §3)."""
        return "DPoP" if self.kind == "jkt" else "Bearer"

    def confirmation(self) -> dict[str, str]:
        """The `cnf` claim."""
        return {self.kind: self.thumbprint}

    def text(self) -> str:
        """As it is kept."""
        return f"{self.kind}:{self.thumbprint}"

    @classmethod
    def of(cls, text: str | None) -> "Binding | None":
        """As it was kept."""
        if not text:
            return None
        kind, _, thumbprint = text.partition(":")
        return cls("jkt" if kind == "jkt" else "x5t#S256", thumbprint)
