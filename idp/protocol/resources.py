"""What our resource servers say of themselves (RFC 9728), and where apps come with a certificate (RFC 8705 §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent import scopes
from idp.protocol import details
from kit.guard import metadata_address
from kit.proof import dpop


@dataclass(frozen=True, slots=True)
class Resource:
    """One audience of access tokens."""

    identifier: str
    name: str
    scopes: tuple[str, ...]
    methods: tuple[str, ...] = ("header",)
    """How a bearer token is brought (RFC 6750 §2)."""

    @property
    def address(self) -> str:
        """Where it is described, on the house's own address."""
        return metadata_address("", self.identifier)


def all_of(issuer: str, others: Sequence[str]) -> tuple[Resource, ...]:
    """Every audience: the provider itself (userinfo, pairings, the holder's consents, signals), then the measures."""
    identity = (*sorted(scopes.IDENTITY), scopes.PAIRING, *sorted(scopes.OWN))
    data = (*sorted(scopes.scopes_of(scopes.CONSENTS)), *scopes.CONSENTS)
    own = Resource(issuer, "Identity, pairings and consents", identity, ("header", "body"))
    return (own, *(Resource(one, "Measures (FHIR R4)", data) for one in others))


def described(resource: Resource, issuer: str, *, certificates: bool = True) -> dict[str, Any]:
    """RFC 9728 §2. `certificates`: those of callers reach us."""
    return {
        "resource": resource.identifier,
        "authorization_servers": [issuer],
        "scopes_supported": list(resource.scopes),
        "bearer_methods_supported": list(resource.methods),
        "resource_name": resource.name,
        "authorization_details_types_supported": list(details.TYPES),
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "dpop_bound_access_tokens_required": False,
        "tls_client_certificate_bound_access_tokens": certificates,
    }


def aliases(document: Mapping[str, Any], issuer: str, origin: str) -> dict[str, Any]:
    """`mtls_endpoint_aliases`: the endpoints that an app calls itself, at the address where certificates are asked for.

    Nothing when that is the issuer's own.
    """
    if not origin or origin == issuer:
        return {}
    by_browser = {"authorization_endpoint", "end_session_endpoint"}
    said = {
        name: address.replace(issuer, origin, 1)
        for name, address in document.items()
        if name.endswith("_endpoint") and name not in by_browser and isinstance(address, str)
    }
    return {"mtls_endpoint_aliases": said}
