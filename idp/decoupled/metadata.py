"""What asking on one device and answering on another adds to the metadata (RFC 8628 §4, CIBA §4)."""

from typing import Any

from idp.ciba import endpoint as ciba
from idp.ciba import modes
from idp.device import endpoint as device
from idp.protocol.metadata import Facts


def announced(known: Facts) -> dict[str, Any]:
    """Both endpoints and what they take."""
    return {
        "device_authorization_endpoint": f"{known.issuer}{device.PATH}",
        "backchannel_authentication_endpoint": f"{known.issuer}{ciba.PATH}",
        "backchannel_token_delivery_modes_supported": list(modes.MODES),
        "backchannel_authentication_request_signing_alg_values_supported": modes.algorithms(known.client_algorithms),
        "backchannel_user_code_parameter_supported": True,
    }
