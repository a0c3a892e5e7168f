"""Settings of the registration of clients by themselves (RFC 7591, RFC 7592)."""

from typing import Literal

import msgspec

IDENTITY = "openid profile email phone offline_access fhirUser launch/patient"


class RegistrationSettings(msgspec.Struct, frozen=True):
    """Who may register a client by POST /register, and what such a client is.

    Changing and removing a registration is never open: it needs the token that its registration was answered with.
    """

    open: bool = False
    """Anybody may register; otherwise the token of an invitation is needed (`espace clients invite`)."""
    profile: str = "standard"
    """The profile of a client that asks for none."""
    profiles: tuple[str, ...] = ("standard", "fapi2")
    """The profiles that a client may ask for (member `profile` of its registration)."""
    status: Literal["candidate", "referenced"] = "candidate"
    """Where a new client stands: a candidate waits until it is referenced, and exchanges nothing before."""
    scope: str = IDENTITY
    """The most that a client may ask for, unless its invitation says otherwise."""
    subject_types: tuple[str, ...] = ("pairwise",)
    """What people may be called for it: "public" is one name for all clients."""
    loopback: bool = False
    """Web applications may be answered on this machine by http too, as native ones may."""
    software_issuers: tuple[str, ...] = ()
    """Who may vouch for software (RFC 7591 §2.3): `ISSUER=JWKS`, the keys being an https address or a file."""
    software_required: bool = False
    """A registration needs a software statement."""
    rate: str = "30 per hour"
    """Registrations from one address, and wrong tokens brought there."""
