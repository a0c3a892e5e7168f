"""What the transmitter says of itself (SSF 1.0 §7.1), made from the addresses that it serves."""

from typing import Any

from idp.signals.streams import Method

CONFIGURATION = "/ssf/stream"
STATUS = "/ssf/status"
ADD_SUBJECT = "/ssf/subjects/add"
REMOVE_SUBJECT = "/ssf/subjects/remove"
VERIFICATION = "/ssf/verify"


def transmitter(issuer: str) -> dict[str, Any]:
    """Transmitter configuration metadata."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "delivery_methods_supported": [str(method) for method in Method],
        "configuration_endpoint": f"{issuer}{CONFIGURATION}",
        "status_endpoint": f"{issuer}{STATUS}",
        "add_subject_endpoint": f"{issuer}{ADD_SUBJECT}",
        "remove_subject_endpoint": f"{issuer}{REMOVE_SUBJECT}",
        "verification_endpoint": f"{issuer}{VERIFICATION}",
        "critical_subject_members": [],
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }
