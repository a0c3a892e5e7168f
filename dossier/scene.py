"""What the measures API stands on."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dossier.access import Access
from kit.ground import Ground
from kit.guard import Guard


@dataclass(frozen=True, slots=True)
class Scene:
    """Made once by the composition root."""

    ground: Ground
    guard: Guard
    access: Access
    base: str
    """The FHIR base as everyone outside writes it, without a final slash: https://…/fhir."""

    @property
    def path(self) -> str:
        """The path of the base: /fhir."""
        return urlsplit(self.base).path.rstrip("/")
