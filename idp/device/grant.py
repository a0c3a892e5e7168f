"""grant_type=urn:ietf:params:oauth:grant-type:device_code (RFC 8628 §3.4)."""

from typing import ClassVar

from idp.decoupled.records import DEVICE
from idp.decoupled.redemption import Redemption


class DeviceCode(Redemption):
    """A device without keyboard takes what a person agreed to on another."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
    KIND: ClassVar[str] = DEVICE
    PARAMETER: ClassVar[str] = "device_code"
