"""What the reader app was given when it was registered, and what it chose itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = "/sandbox/glucolink"

VITAL_SIGNS = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
TWO_STEPS = "openid offline_access pairing"
"""Sign in first, then the consents page of the provider (R158, R160)."""
ONE_STEP = f"openid offline_access launch/patient patient/Observation.crs?{VITAL_SIGNS} patient/Device.c"
"""SMART on FHIR 2.2: what is asked is said at once, and the consents are given there."""


@dataclass(frozen=True, slots=True)
class GlucoLinkSettings:
    """The provider is known by its address alone; everything else about it is discovered."""

    issuer: str
    client_id: str
    private_jwk: Mapping[str, Any] | None
    """Its own key, ES256; the provider only ever saw the public half. Without it nothing can be linked."""
    folder: Path
    """Where files wait while they are sent; each is deleted as soon as it is done with."""
    home: str = ""
    """Its own address; beside the provider in the demo."""

    @property
    def base(self) -> str:
        """Its own address, without a final slash."""
        return self.home or self.issuer + HOME

    @property
    def redirect_uri(self) -> str:
        """Where the code is sent."""
        return f"{self.base}/retour"

    @property
    def return_uri(self) -> str:
        """Where the person comes back from the consents page."""
        return f"{self.base}/relie"
